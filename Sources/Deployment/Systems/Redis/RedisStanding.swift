/// What one Redis server knows of its cluster and holds of its keys.
struct RedisStanding: Hashable {
    /// Another server as this one knows it.
    struct Peer: Hashable {
        let id: String
        let address: String
    }

    /// This server's id, which a hard reset changes.
    let id: String
    /// Its configuration epoch; 0 until somebody sets one.
    let epoch: Int
    /// Its slots in Redis's own words, such as `0-5460`; empty for none.
    let slots: String
    /// How many slots it serves.
    let slotCount: Int
    /// The servers that it has met; not those whose answer it awaits.
    let peers: [Peer]
    /// How many keys it holds.
    let keys: Int

    /// Reads the number of keys and then `CLUSTER NODES`.
    ///
    /// - Throws: ``DatabaseError/unreadable(_:_:)``.
    init(_ text: String) throws {
        let lines = text.split(whereSeparator: \.isNewline)
        let rows = lines.dropFirst().map { $0.split(separator: " ").map(String.init) }
        guard let keys = lines.first.flatMap({ NodeNumber.whole($0.filter(\.isNumber)) }),
            let own = rows.first(where: { $0.count >= 8 && $0[2].contains("myself") }),
            let epoch = NodeNumber.whole(own[6])
        else { throw DatabaseError.unreadable("redis", String(text.prefix(200))) }
        self.keys = keys
        self.epoch = epoch
        id = own[0]
        slots = own.dropFirst(8).joined(separator: " ")
        slotCount = own.dropFirst(8).map(Self.count).reduce(0, +)
        peers = rows.filter { $0.count >= 8 && $0[0] != own[0] && !$0[2].contains("handshake") }
            .map { Peer(id: $0[0], address: String($0[1].prefix { $0 != "," && $0 != "@" })) }
    }

    /// The slots of `5` or `0-5460`; one that is on its way (`[93-<-…]`) is counted where it is.
    private static func count(_ slots: String) -> Int {
        let ends = slots.split(separator: "-").compactMap { NodeNumber.whole($0) }
        switch ends.count {
        case 1 where !slots.hasPrefix("["): return 1
        case 2 where ends[0] <= ends[1]: return ends[1] - ends[0] + 1
        default: return 0
        }
    }
}
