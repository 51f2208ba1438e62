/// Something that happened during a trial and may explain what its figures do then.
struct Event: Sendable, Hashable {
    /// When, in seconds since the start of the load.
    let time: Double
    /// What, in a few words, with the node that it happened to.
    let text: String
}
