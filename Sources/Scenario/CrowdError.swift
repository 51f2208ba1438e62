/// What a crowd cannot do.
package enum CrowdError: Error, Hashable, CustomStringConvertible {
    /// It takes no more users.
    case notRunning(Crowd.Phase)
    /// The number is, or was, another user's.
    case taken(Int, highest: Int)
    /// The number is above 1,000,000,000.
    case tooHigh(Int)

    /// What happened.
    package var description: String {
        switch self {
        case .notRunning(let phase): "no user can be added: the run is \(phase)"
        case .taken(let id, let highest):
            "user \(id) cannot be added: numbers up to \(highest) were given away; go on from \(highest + 1)"
        case .tooHigh(let id): "user \(id) cannot be added: numbers end at 1000000000"
        }
    }
}
