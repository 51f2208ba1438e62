/// Who is let in at a door.
package struct DoorAccess: Sendable, Hashable {
    /// The address that it listens at, in figures.
    let address: String
    /// What whoever asks must know; `nil` if everybody who reaches it may ask.
    let token: DoorToken?

    /// Makes the rule of one door.
    package init(address: String, token: DoorToken?) {
        self.address = address
        self.token = token
    }

    /// Looks at a request's head, before its body is waited for.
    ///
    /// Without a token a browser on this machine could be made to ask by any page that it shows. Such a request
    /// says where the page is from, or names the host by which the page was found.
    func check(_ head: RequestHead) throws(Refusal) {
        guard !head.has("origin") else {
            throw Refusal(403, "no page of a browser may ask here")
        }
        guard let token else {
            let host = head.value("host").map { $0.prefix { $0 != ":" } }
            guard host.map({ $0 == address || $0 == "localhost" }) ?? !head.has("host") else {
                throw Refusal(403, "the host must be \(address) or localhost")
            }
            return
        }
        let words = head.value("authorization")?.split(separator: " ").map(String.init) ?? []
        guard words.count == 2, words[0].lowercased() == "bearer", token.isEqual(to: words[1])
        else { throw Refusal(401, "the token is missing or wrong: Authorization: Bearer TOKEN") }
    }
}
