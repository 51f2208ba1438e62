/// Why a request has no answer, or not the one that was wished for.
public struct HTTPError: Error, Hashable, CustomStringConvertible {
    /// What went wrong.
    public enum Reason: Error, Hashable, Sendable {
        /// The answer's status is not one of those that are taken.
        case status(method: String, Int)
        /// The request cannot be sent as it is.
        case request(String)
        /// The answer is none of HTTP/1.
        case malformed(String)
        /// More bytes in front of the body than are taken.
        case headTooLarge(limit: Int)
        /// A longer body than is taken.
        case bodyTooLarge(limit: Int)
        /// The connection ended within the answer, or before it.
        case cutOff(String)
        /// The answer was not there in time.
        case timedOut
        /// Two requests at the same time.
        case busy
    }

    /// The server's address.
    public let server: String
    /// What went wrong.
    public let reason: Reason

    /// The place, what happened, and the remedy where there is one.
    public var description: String { "\(server): \(reason)" }
}

extension HTTPError.Reason: CustomStringConvertible {
    /// What happened.
    public var description: String {
        switch self {
        case .status(let method, let status): "\(method) was answered with status \(status)"
        case .request(let problem): problem
        case .malformed(let problem): "the answer is no HTTP/1: \(problem)"
        case .headTooLarge(let limit): "the answer's head is longer than \(limit) bytes"
        case .bodyTooLarge(let limit): "the answer's body is longer than \(limit) bytes"
        case .cutOff(let place): "the connection ended \(place)"
        case .timedOut: "no whole answer in time"
        case .busy: "two requests at the same time: make a client for each task"
        }
    }
}
