import Glibc

/// A question to whoever sits at the terminal.
struct Question: Sendable {
    let console: Console

    /// Whether there is somebody to ask.
    var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

    /// Asks, and returns whether the answer is `y` or `yes`.
    func isConfirmed(_ text: String) async throws -> Bool {
        ["y", "yes"].contains(try await answer(to: text).lowercased())
    }

    /// Returns what the person types, without blanks at its ends; empty at the end of input.
    func answer(to text: String) async throws -> String {
        console.prompt(text)
        var bytes: [UInt8] = []
        while true {
            // A Ctrl-C cancels the task, and must be seen while nobody types.
            try Task.checkCancellation()
            var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 100) > 0 else {
                await Task.yield()
                continue
            }
            var byte: UInt8 = 0
            guard read(0, &byte, 1) == 1, byte != UInt8(ascii: "\n") else { break }
            bytes.append(byte)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split { " \t\r".contains($0) }.joined(separator: " ")
    }
}
