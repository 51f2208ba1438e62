/// Why there is no message.
public enum MessageError: Error, Hashable, CustomStringConvertible {
    /// None came in time.
    case timedOut
    /// It is something else.
    case other(String, expected: String)
    /// Two tasks of one user wait for messages.
    case twoReaders

    /// What is wrong.
    public var description: String {
        switch self {
        case .timedOut: "no message came in time"
        case .other(let found, let expected): "the message is \(found), not \(expected)"
        case .twoReaders: "two tasks of one user wait for messages"
        }
    }
}
