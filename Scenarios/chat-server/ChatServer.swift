import Engine
import JSON

/// Sessions by their names, and the messages between them.
final class ChatServer: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// The longest line in bytes.
    private static let longestLine = 8_192

    /// Why nobody can connect any more.
    private(set) var failure: String?
    private let loop: EventLoop
    private let listener: TCPListener
    private var sessions: [String: TCPConnection] = [:]

    init(on loop: EventLoop, _ listener: TCPListener) {
        self.loop = loop
        self.listener = listener
    }

    /// Takes connections from now on.
    func start() {
        Task(executorPreference: loop) { [self] in
            do {
                while true { serve(try await listener.accept()) }
            } catch {
                failure = "\(error)"
            }
        }
    }

    private func serve(_ connection: TCPConnection) {
        Task(executorPreference: loop) { [self] in
            var name: String?
            do {
                while let line = try await connection.readLine(upTo: Self.longestLine) {
                    let (answer, newName) = take(line, of: name, connection)
                    name = newName ?? name
                    if let answer { try connection.put(Array((answer.line + "\n").utf8)) }
                }
            } catch {
                // Whatever became of the connection, its session is over.
            }
            if let name { sessions[name] = nil }
            connection.close()
        }
    }

    /// Does what a line asks for; returns the answer, and the name of a new session.
    private func take(
        _ line: String,
        of name: String?,
        _ connection: TCPConnection
    ) -> (answer: JSON?, name: String?) {
        guard let message = try? JSON(parsing: line), case .object = message else {
            return (["error": .string("a line must be a JSON object")], nil)
        }
        guard let name else {
            guard case .string(let wish) = message["login"] else {
                return (["error": .string("the first line must be a login")], nil)
            }
            guard Self.isName(wish) else {
                return (["error": .string("a name has 1 to 40 letters, digits, - and _")], nil)
            }
            guard sessions[wish] == nil else {
                return (["error": .string("the name \"\(wish)\" is taken")], nil)
            }
            sessions[wish] = connection
            return (["ok": .string(wish)], wish)
        }
        return (pass(message, from: name), nil)
    }

    /// Passes a message on; returns what the sender is told, which is nothing if all is well.
    private func pass(_ message: JSON, from name: String) -> JSON? {
        func refusal(_ problem: String) -> JSON {
            ["error": .string(problem), "id": message["id"] ?? .null]
        }
        guard message["from"] == nil else {
            return refusal("who sends is known; leave out \"from\"")
        }
        guard case .string(let receiver) = message["to"], case .string(let text) = message["text"]
        else { return refusal("a message has \"to\" and \"text\"") }
        guard let connection = sessions[receiver] else {
            return refusal("nobody is named \"\(receiver)\"")
        }
        let passed: JSON = [
            "from": .string(name), "text": .string(text), "id": message["id"] ?? .null,
        ]
        do {
            try connection.put(Array((passed.line + "\n").utf8))
        } catch {
            // It reads too slowly, or is gone: either way it is no longer served.
            sessions[receiver] = nil
            connection.close()
            return refusal("\"\(receiver)\" does not read")
        }
        return nil
    }

    private static func isName(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || byte == 45 || byte == 95
            }
    }
}
