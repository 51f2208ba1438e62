/// Why a request is not answered with what it asks for.
package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// Of HTTP (RFC 9110, section 15), 400 to 599.
    package let status: Int
    /// What is wrong, and the remedy.
    package let problem: String

    /// Makes a refusal.
    package init(_ status: Int, _ problem: String) {
        self.status = status
        self.problem = problem
    }

    /// The status and the problem.
    package var description: String { "\(status): \(problem)" }
}
