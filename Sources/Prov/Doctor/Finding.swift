/// What `prov doctor` found out about one thing.
struct Finding: Sendable, Hashable, Encodable {
    /// How it is.
    enum State: String, Sendable, Hashable, Encodable {
        /// As it should be.
        case ok
        /// Something will fail, or lies open.
        case fault
        /// It could not be looked at, which the text explains.
        case unchecked = "not checked"
    }

    let state: State
    /// What was looked at, such as `terraform` or a deployment's name.
    let subject: String
    /// What was found.
    let text: String
    /// What to do about a fault.
    let remedy: String?

    /// All is well.
    static func ok(_ subject: String, _ text: String) -> Finding {
        Finding(state: .ok, subject: subject, text: text, remedy: nil)
    }

    /// Something is wrong, and what to do.
    static func fault(_ subject: String, _ text: String, remedy: String) -> Finding {
        Finding(state: .fault, subject: subject, text: text, remedy: remedy)
    }

    /// Nobody knows.
    static func unchecked(_ subject: String, _ text: String) -> Finding {
        Finding(state: .unchecked, subject: subject, text: text, remedy: nil)
    }
}
