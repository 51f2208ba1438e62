package import Posix
private import Usage

/// Why a load could not start or go on.
package enum LoadError: Error, Hashable, CustomStringConvertible {
    /// A system call failed.
    case system(SystemError)
    /// A server's address that is none.
    case address(String, problem: String)
    /// No server could be reached at the start; the last problem of each.
    case unreachable([String])
    /// A server's answer that does not fit what was asked.
    case answer(String, problem: String)
    /// A server's refusal of a password, or of having none.
    case password(String, problem: String)
    /// A password that cannot be used, and where it stands.
    case badPassword(place: String, problem: String)
    /// The instant at which to begin has passed; seconds since 1970.
    case startHasPassed(seconds: Double, now: Double)

    package var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .address(let address, let problem): "\"\(address)\": \(problem)"
        case .unreachable(let problems):
            "no connection could be made: " + problems.joined(separator: "; ")
        case .answer(let address, let problem), .password(let address, let problem):
            "\(address): \(problem)"
        case .badPassword(let place, let problem): "\(place): no password: \(problem)"
        case .startHasPassed(let seconds, let now):
            "--start-at \(Fixed(seconds, decimals: 3)) has passed: it is "
                + "\(Fixed(now, decimals: 3)) now; give the loaders more time, and check their clocks"
        }
    }
}
