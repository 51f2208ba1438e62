private import Glibc
internal import Usage

/// Where a command's lines go, at once and whole, without what a terminal would obey.
enum Terminal {
    /// Prints lines on standard output; a reader that has gone away is no error.
    static func say(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Prints lines on standard error.
    static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to file: Int32) {
        var rest = Array((text.printable + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 || (count < 0 && errno == EINTR) else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
