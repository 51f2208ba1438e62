import Glibc

/// What people read when something went wrong.
enum StandardError {
    /// Writes a line.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
