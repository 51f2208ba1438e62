private import Glibc
internal import Posix
internal import Usage

/// Where a command's lines go, at once and whole, without what a terminal would obey.
enum Terminal {
    /// Prints lines on standard output; a reader that has gone away is no error.
    static func say(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Prints lines on standard error.
    static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to file: Int32) {
        // Nothing is left to be done if nobody can be told.
        try? AtomicFile.append(Array((text.printable + "\n").utf8), to: file)
    }
}
