/// Reads and writes of single keys in etcd, over its gateway for JSON (`/v3/kv/range` and `/v3/kv/put`).
///
/// Keys are `key:` and twelve digits. Every server has all keys; which one is asked depends on the key
/// alone. Reads are linearizable, as etcd's are unless told otherwise.
package struct EtcdWorkload: Workload {
    package typealias Parser = EtcdReplyParser

    package static var operations: [String] { ["READ", "WRITE"] }
    /// Values begin at any of the first so many groups of the random text that they are cut from.
    private static let valueOffsets = 4_096
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )
    /// `key:` and twelve digits in base 64, with two signs of filling.
    private static let keyLength = 24

    package let endpoints: [NodeAddress]
    package let largestRequest: Int
    package var greeting: [UInt8] { [] }
    private let mix: RequestMix
    /// What stands before and behind the key of a read, and of a write.
    private let read: (head: [UInt8], tail: [UInt8])
    private let write: (head: [UInt8], middle: [UInt8], tail: [UInt8])
    private let values: [UInt8]
    private let valueLength: Int

    /// Makes the workload of one loop for servers, all of one cluster.
    package init(_ mix: RequestMix, servers: [NodeAddress]) {
        self.mix = mix
        endpoints = servers
        var random = RandomSource(seed: mix.seed)
        valueLength = mix.valueSize / 3 * 4 + [0, 2, 3][mix.valueSize % 3]
        let padding = ["", "==", "="][mix.valueSize % 3]
        // Digits and letters, which a person can read, in base 64; four signs for three.
        let text = (0..<(mix.valueSize / 3 + 1 + Self.valueOffsets) * 3).map { _ in
            Self.digits[Int(random.next() & 63)]
        }
        values = stride(from: 0, to: text.count, by: 3).flatMap { start in
            let (a, b, c, d) = Self.signs(text[start], text[start + 1], text[start + 2])
            return [a, b, c, d]
        }
        func head(_ call: String, _ length: Int) -> [UInt8] {
            let lines = [
                "POST /v3/kv/\(call) HTTP/1.1", "Host: etcd", "Content-Type: application/json",
                "Content-Length: \(length)", "", #"{"key":""#,
            ]
            return Array(lines.joined(separator: "\r\n").utf8)
        }
        let close = Array(#""}"#.utf8)
        let middle = Array(#"","value":""#.utf8)
        let tail = Array(padding.utf8) + close
        let shortest = #"{"key":""#.utf8.count + Self.keyLength
        read = (head("range", shortest + close.count), close)
        write = (
            head("put", shortest + middle.count + valueLength + tail.count), middle, tail
        )
        largestRequest =
            write.head.count + Self.keyLength + middle.count + valueLength + tail.count
    }

    package func accepts(_ reply: Reply, _ text: [UInt8]) -> Bool { true }
    package func request(_ index: Int) -> Request { mix.request(index) }

    package func endpoint(of request: Request) -> Int {
        Int(request.key % UInt64(endpoints.count))
    }

    /// The reply to a write has no keys.
    package func meaningOfMissing(_ request: Request) -> Reply {
        request.operation == 0 ? .missing : .done
    }

    package func encode(
        _ request: Request,
        asking: Bool,
        into output: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let isWrite = request.operation == 1
        var end = Self.copy(isWrite ? write.head[...] : read.head[...], to: output)
        end = Self.encode(key: request.key, to: end)
        guard isWrite else { return Self.copy(read.tail[...], to: end) - output }
        end = Self.copy(write.middle[...], to: end)
        // Another part of the text for each key, and the same for the same key.
        let offset = 4 * Int((request.key &* 0x9E37_79B9_7F4A_7C15) >> 52)
        end = Self.copy(values[offset..<(offset + valueLength)], to: end)
        return Self.copy(write.tail[...], to: end) - output
    }

    /// Members answer for each other, so no reply names another server.
    package func redirect(_ text: [UInt8], from endpoint: Int) -> Int? { nil }
    package func refresh() -> Bool { false }
    package func lostConnection(to endpoint: Int) {}

    /// Writes `key:` and twelve decimal digits in base 64.
    private static func encode(
        key: UInt64,
        to output: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 18) { text in
            text.initialize(repeating: 0)
            for (index, byte) in [UInt8]("key:".utf8).enumerated() { text[index] = byte }
            var rest = key
            for index in stride(from: 15, through: 4, by: -1) {
                text[index] = UInt8(truncatingIfNeeded: 48 &+ rest % 10)
                rest /= 10
            }
            for group in 0..<6 {
                let start = 3 * group
                let (a, b, c, d) = signs(text[start], text[start + 1], text[start + 2])
                let four = output + 4 * group
                (four[0], four[1], four[2], four[3]) = (a, b, c, d)
            }
            output[22] = UInt8(ascii: "=")
            output[23] = UInt8(ascii: "=")
            return output + keyLength
        }
    }

    /// Three bytes in base 64.
    @inline(__always)
    private static func signs(_ a: UInt8, _ b: UInt8, _ c: UInt8) -> (UInt8, UInt8, UInt8, UInt8) {
        let bits = Int(a) << 16 | Int(b) << 8 | Int(c)
        return (
            digits[bits >> 18], digits[bits >> 12 & 63], digits[bits >> 6 & 63], digits[bits & 63]
        )
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
