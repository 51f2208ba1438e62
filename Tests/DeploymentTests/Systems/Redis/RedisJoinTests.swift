import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("RedisCluster joins")
struct RedisJoinTests {
    private let redis = RedisCluster()

    private static func nodes(_ count: Int) throws -> [Node] {
        try (0..<count).map { try Node.made("server-\($0)", address: "198.18.0.\($0 + 10)") }
    }

    /// What a server prints: its keys, itself with its slots, and whom it knows.
    private static func standing(
        _ id: String,
        slots: String = "",
        epoch: Int = 0,
        keys: Int = 0,
        knows others: [String] = []
    ) -> String {
        let own = "\(id) 198.18.0.10:6379@16379 myself,master - 0 0 \(epoch) connected \(slots)"
        let rows = others.map { "\($0) 198.18.0.99:6379@16379 master - 0 1 2 connected" }
        return (["\(keys)", own] + rows).joined(separator: "\n") + "\n"
    }

    private func step(_ standings: String...) throws -> JoinStep? {
        let nodes = try Self.nodes(standings.count)
        let answers = Dictionary(uniqueKeysWithValues: zip(nodes, standings))
        return try redis.join(nodes, standing: answers)
    }

    /// The calls of a step by node, as their commands' texts.
    private func texts(_ step: JoinStep?) throws -> [String: [String]] {
        let calls = try #require(step).calls
        return Dictionary(uniqueKeysWithValues: calls.map { ($0.key.name, $0.value.map(\.shown)) })
    }

    private let cli = "sudo -n redis-cli -e -p 6379"
    private let meeting =
        "sudo -n bash -euo pipefail -s -- 6379 @ <<< meet other servers of the redis cluster"

    @Test("by giving each new server an epoch and its share")
    func fresh() throws {
        let step = try step(Self.standing("a"), Self.standing("b"), Self.standing("c"))
        #expect(
            try texts(step) == [
                "server-0": [
                    "\(cli) cluster set-config-epoch 1", "\(cli) cluster addslotsrange 0 5460",
                ],
                "server-1": [
                    "\(cli) cluster set-config-epoch 2", "\(cli) cluster addslotsrange 5461 10921",
                ],
                "server-2": [
                    "\(cli) cluster set-config-epoch 3", "\(cli) cluster addslotsrange 10922 16383",
                ],
            ]
        )
        #expect(step?.isLast == false)
    }

    @Test("by going on where it was cut short: an epoch set, slots taken, some met")
    func cutShort() throws {
        let step = try step(
            Self.standing("a", epoch: 1),
            Self.standing("b", slots: "5461-10921", epoch: 2),
            Self.standing("c", knows: ["b"])
        )
        #expect(
            try texts(step) == [
                "server-0": ["\(cli) cluster addslotsrange 0 5460"],
                "server-2": ["\(cli) cluster addslotsrange 10922 16383"],
            ]
        )
    }

    @Test("by having each meet those that it does not know, and ends with that")
    func meet() throws {
        let step = try step(
            Self.standing("a", slots: "0-5460", epoch: 1, knows: ["b"]),
            Self.standing("b", slots: "5461-10921", epoch: 2, knows: ["a", "c"]),
            Self.standing("c", slots: "10922-16383", epoch: 3)
        )
        #expect(
            try texts(step) == [
                "server-0": [meeting.replacing("@", with: "198.18.0.12")],
                "server-2": [meeting.replacing("@", with: "198.18.0.10 198.18.0.11")],
            ]
        )
        #expect(step?.isLast == true)
        #expect(
            step?.calls.values.first?.first?.input == """
                # meet other servers of the redis cluster
                port=$1; shift
                for address; do redis-cli -e -p "$port" cluster meet "$address" "$port"; done
                """
        )
    }

    @Test("by nothing, if the cluster is whole, however its slots lie and whatever it holds")
    func whole() throws {
        let step = try step(
            Self.standing("a", slots: "0-9 5461-16383", epoch: 1, keys: 7, knows: ["b"]),
            Self.standing("b", slots: "10-5460", epoch: 2, keys: 3, knows: ["a"])
        )
        #expect(step == nil)
        #expect(try self.step(Self.standing("a", slots: "0-16383", keys: 1)) == nil)
    }

    @Test("by leaving the old cluster first, when a server was added, and says what that loses")
    func grown() throws {
        let step = try step(
            Self.standing("a", slots: "0-8191", epoch: 1, keys: 7, knows: ["b"]),
            Self.standing("b", slots: "8192-16383", epoch: 2, knows: ["a"]),
            Self.standing("c")
        )
        #expect(
            try texts(step) == [
                "server-0": [
                    "sudo -n bash -euo pipefail -s -- 6379 <<< leave another redis cluster"
                ],
                "server-1": ["\(cli) cluster reset hard"],
            ]
        )
        #expect(step?.lostKeys.map { "\($0.key.name) \($0.value)" } == ["server-0 7"])
        let leave = step?.calls.values.joined().map(\.input).first { !$0.isEmpty }
        #expect(
            leave == """
                # leave another redis cluster
                redis-cli -e -p "$1" flushall
                redis-cli -e -p "$1" save
                redis-cli -e -p "$1" cluster reset hard
                """
        )
    }

    @Test("by leaving together, when one knows a server that is gone or was reset")
    func stranger() throws {
        let step = try step(
            Self.standing("new", epoch: 0),
            Self.standing("b", slots: "5461-10921", knows: ["old", "c"]),
            Self.standing("c", slots: "10922-16383", knows: ["old", "b"])
        )
        #expect(
            try texts(step) == [
                "server-1": ["\(cli) cluster reset hard"],
                "server-2": ["\(cli) cluster reset hard"],
            ]
        )
    }

    @Test("by deleting keys that belong to no slot of the server's")
    func standaloneKeys() throws {
        let step = try step(Self.standing("a", keys: 5), Self.standing("b"))
        #expect(step?.lostKeys.values.map { $0 } == [5])
    }

    @Test("without counting servers whose answer is awaited, and slots that are on their way")
    func reading() throws {
        let text = """
            (integer) 12
            f2 198.18.0.11:6379@16379 handshake - 0 0 0 connected
            a1 198.18.0.10:6379@16379,name myself,master - 0 0 4 connected 5 7-9 [93-<-f2]
            c3 198.18.0.12:6379@16379,name master - 0 0 5 connected 0-4
            """
        let standing = try RedisStanding(text)
        #expect(standing.keys == 12)
        #expect(standing.epoch == 4)
        #expect(standing.slotCount == 4)
        #expect(standing.peers == [.init(id: "c3", address: "198.18.0.12:6379")])
        let error = #expect(throws: DatabaseError.self) { try RedisStanding("LOADING\n") }
        #expect(error?.description == #"redis answered what cannot be read: "LOADING\#n""#)
    }

    @Test("with equal shares of all 16,384 slots, none left out, and few meetings of many servers")
    func many() throws {
        for count in [1, 2, 3, 7, 40] {
            let nodes = try Self.nodes(count)
            let shares = nodes.compactMap { RedisCluster.shares(of: nodes)[$0] }
            #expect(shares.flatMap { Array($0) } == Array(0..<16_384))
            let answers = zip(nodes, shares).map { node, share in
                let slots = "\(share.lowerBound)-\(share.upperBound)"
                return (node, Self.standing(node.name, slots: slots))
            }
            let step = try redis.join(nodes, standing: Dictionary(uniqueKeysWithValues: answers))
            let words = step?.calls.values.joined().map { $0.command.words.count } ?? []
            // … -s -- PORT ADDRESS…
            #expect(words.allSatisfy { $0 <= 8 + 8 })
            #expect(words.count == (count == 1 ? 0 : count))
        }
    }
}
