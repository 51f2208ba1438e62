private import Glibc

/// A system call that failed: its `errno`, and the system's text for it.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call, or the file that it was about; empty if whoever catches it names that.
    package let operation: String
    /// The `errno`.
    package let code: Int32

    /// Takes the `errno` of the last call that failed on this thread.
    package init(_ operation: String = "") {
        code = errno
        self.operation = operation
    }

    /// Makes the error of a call that returned its `errno`.
    package init(_ operation: String = "", code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// The system's text, its first letter small as it stands in the middle of a message.
    package var text: String { Self.text(of: code) }

    /// The operation, if it is named, and the system's text: `/nowhere: no such file or directory`.
    package var description: String { operation.isEmpty ? text : "\(operation): \(text)" }

    /// The system's text for an `errno`, its first letter small: `connection refused`.
    package static func text(of code: Int32) -> String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
