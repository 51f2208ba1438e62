private import Glibc

/// Gets and sets of strings in a Redis server, several independent ones, or a Redis Cluster.
///
/// Keys are `key:` and twelve digits. Without a cluster each key belongs to one of the servers by
/// its number, so that what was populated is found again with the same list of servers.
package struct RedisWorkload: Workload {
    package typealias Parser = RedisReplyParser

    package static var operations: [String] { ["READ", "WRITE"] }
    private static let asking = Array("*1\r\n$6\r\nASKING\r\n".utf8)
    private static let get = Array("*2\r\n$3\r\nGET\r\n$16\r\nkey:".utf8)
    private static let set = Array("*3\r\n$3\r\nSET\r\n$16\r\nkey:".utf8)
    private static let keyLength = 16
    /// Values begin anywhere in the first so many bytes of the random text that they are cut from.
    private static let valueOffsets = 4_096

    /// A cluster may fail over to as many servers as it has, or grow by some.
    private static let mostNewEndpoints = 64

    package private(set) var endpoints: [NodeAddress]
    /// Beyond so many servers the words of those that name others are not followed.
    private let mostEndpoints: Int
    package let largestRequest: Int
    package let greeting: [UInt8]
    private let mix: RequestMix
    private let topology: RedisTopology?
    private var knownVersion = 0
    private var owners: [Int16] = []
    private let valueHeader: [UInt8]
    private let values: [UInt8]
    private let prefixes: (asking: [UInt8], get: [UInt8], set: [UInt8])

    /// Makes the workload of one loop.
    ///
    /// - Parameters:
    ///   - mix: What is sent.
    ///   - servers: IP addresses; not looked at if `topology` is given.
    ///   - topology: The cluster, shared by all loops; `nil` without one.
    ///   - password: What servers ask for; `nil` if they ask for nothing.
    init(
        _ mix: RequestMix,
        servers: [NodeAddress],
        topology: RedisTopology?,
        password: RedisPassword? = nil
    ) {
        greeting = password?.command ?? []
        self.mix = mix
        self.topology = topology
        endpoints = servers
        let first = topology?.slots.servers.count ?? servers.count
        mostEndpoints = first + max(first, Self.mostNewEndpoints)
        var random = RandomSource(seed: mix.seed)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-".utf8)
        values = (0..<(mix.valueSize + Self.valueOffsets)).map { _ in
            letters[Int(random.next() & 63)]
        }
        valueHeader = Array("\r\n$\(mix.valueSize)\r\n".utf8)
        prefixes = (Self.asking, Self.get, Self.set)
        largestRequest =
            Self.asking.count + Self.set.count + 12 + valueHeader.count + mix.valueSize + 2
        if let topology {
            knownVersion = topology.currentVersion
            takeOver(topology.slots)
        }
    }

    /// A server that answers a write with nil has not done it.
    package func meaningOfMissing(_ request: Request) -> Reply {
        request.operation == 0 ? .missing : .failed
    }

    package func request(_ index: Int) -> Request { mix.request(index) }

    package func endpoint(of request: Request) -> Int {
        guard !owners.isEmpty else { return Int(request.key % UInt64(endpoints.count)) }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.keyLength) { key in
            guard let start = key.baseAddress else { return 0 }
            write("key:", to: start)
            Self.write(request.key, to: start + 4)
            // A slot that nobody serves: any server says so.
            return max(0, Int(owners[HashSlot.slot(of: UnsafeBufferPointer(key))]))
        }
    }

    package func encode(
        _ request: Request,
        asking: Bool,
        into output: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var end = output
        if asking { end = Self.copy(prefixes.asking[...], to: end) }
        let isWrite = request.operation == 1
        end = Self.copy(isWrite ? prefixes.set[...] : prefixes.get[...], to: end)
        Self.write(request.key, to: end)
        end += 12
        if isWrite {
            end = Self.copy(valueHeader[...], to: end)
            // Another part of the text for each key, and the same for the same key.
            let offset = Int((request.key &* 0x9E37_79B9_7F4A_7C15) >> 52)
            end = Self.copy(values[offset..<(offset + mix.valueSize)], to: end)
        }
        end[0] = UInt8(ascii: "\r")
        end[1] = UInt8(ascii: "\n")
        return end + 2 - output
    }

    package func accepts(_ reply: Reply, _ text: [UInt8]) -> Bool {
        reply == .done || RedisPassword.isNeedless(text)
    }

    /// Understands `-MOVED SLOT HOST:PORT` and `-ASK SLOT HOST:PORT`.
    package mutating func redirect(_ text: [UInt8], from endpoint: Int) -> Int? {
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        guard words.count == 3, let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
            let colon = words[2].lastIndex(of: ":"),
            let port = UInt16(words[2][words[2].index(after: colon)...])
        else { return nil }
        let named = String(words[2][..<colon])
        let host = named.isEmpty ? endpoints[endpoint].host : named
        let address = NodeAddress(host: host, port: port)
        topology?.want()
        // A name would have to be looked up, which blocks: the topology's own thread does that.
        guard address.isNumeric else { return nil }
        guard let target = index(of: address) else { return nil }
        if words[0] == "-MOVED", !owners.isEmpty { owners[slot] = Int16(target) }
        return target
    }

    package mutating func refresh() -> Bool {
        guard let topology else { return false }
        let version = topology.currentVersion
        guard version != knownVersion else { return false }
        knownVersion = version
        takeOver(topology.slots)
        return true
    }

    package mutating func lostConnection(to endpoint: Int) {
        topology?.want()
    }

    private mutating func takeOver(_ slots: ClusterSlots) {
        let indices = slots.servers.map { index(of: $0) ?? -1 }
        owners = slots.owners.map { $0 < 0 ? -1 : Int16(indices[Int($0)]) }
    }

    /// Returns the place of a server among ``endpoints``; `nil` if it is new and there are too many.
    private mutating func index(of address: NodeAddress) -> Int? {
        if let index = endpoints.firstIndex(of: address) { return index }
        guard endpoints.count < mostEndpoints else { return nil }
        endpoints.append(address)
        return endpoints.count - 1
    }

    private func write(_ text: StaticString, to output: UnsafeMutablePointer<UInt8>) {
        output.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Writes twelve decimal digits.
    @inline(__always)
    private static func write(_ number: UInt64, to output: UnsafeMutablePointer<UInt8>) {
        var rest = number
        for position in stride(from: 11, through: 0, by: -1) {
            output[position] = UInt8(truncatingIfNeeded: 48 &+ rest % 10)
            rest /= 10
        }
    }

    @inline(__always)
    private static func copy(
        _ bytes: ArraySlice<UInt8>,
        to output: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        bytes.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { output.update(from: start, count: source.count) }
        }
        return output + bytes.count
    }
}
