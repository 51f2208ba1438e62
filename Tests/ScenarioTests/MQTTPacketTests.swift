import Testing

@testable import mqtt

@Suite("MQTT's packets")
struct MQTTPacketTests {
    private static let hello = Packet.Message(topic: "a/b", payload: Array("hi".utf8))

    /// As section 3 of the standard of MQTT 3.1.1 has them.
    static let sent: [(Packet, [UInt8])] = [
        (
            .connect(client: "c1", login: nil, keepAlive: 60),
            [0x10, 14, 0, 4, 0x4D, 0x51, 0x54, 0x54, 4, 0x02, 0, 60, 0, 2, 0x63, 0x31]
        ),
        (
            .connect(client: "", login: .init(user: "u", password: "pw"), keepAlive: 0x1234),
            [
                0x10, 19, 0, 4, 0x4D, 0x51, 0x54, 0x54, 4, 0xC2, 0x12, 0x34, 0, 0, 0, 1, 0x75, 0,
                2, 0x70, 0x77,
            ]
        ),
        (.publish(hello, number: nil), [0x30, 7, 0, 3, 0x61, 0x2F, 0x62, 0x68, 0x69]),
        (.publish(hello, number: 0x0102), [0x32, 9, 0, 3, 0x61, 0x2F, 0x62, 1, 2, 0x68, 0x69]),
        (.published(number: 0xABCD), [0x40, 2, 0xAB, 0xCD]),
        (
            .subscribe(number: 7, topic: "a/b", quality: 1),
            [0x82, 8, 0, 7, 0, 3, 0x61, 0x2F, 0x62, 1]
        ),
        (.ping, [0xC0, 0]), (.disconnect, [0xE0, 0]),
        (.connected(code: 5), [0x20, 2, 0, 5]),
        (.subscribed(number: 7, code: 1), [0x90, 3, 0, 7, 1]),
        (.pong, [0xD0, 0]),
    ]

    @Test("are written byte for byte as the standard has them", arguments: sent)
    func writing(packet: Packet, bytes: [UInt8]) throws {
        #expect(try packet.bytes() == bytes)
    }

    @Test(
        "have a length in one to four bytes, at the edges of each",
        arguments: [
            (127, [0x7F]), (128, [0x80, 1]), (16_383, [0xFF, 0x7F]), (16_384, [0x80, 0x80, 1]),
            (2_097_151, [0xFF, 0xFF, 0x7F]), (2_097_152, [0x80, 0x80, 0x80, 1]),
        ] as [(Int, [UInt8])]
    )
    func lengths(count: Int, bytes: [UInt8]) throws {
        let message = Packet.Message(topic: "t", payload: Array(repeating: 7, count: count - 3))
        let packet = try Packet.publish(message, number: nil).bytes()
        #expect(Array(packet[1...bytes.count]) == bytes)
        #expect(packet.count == 1 + bytes.count + count)
        var reader = PacketReader(limit: count)
        reader.append(packet)
        #expect(try reader.next() == .publish(message, number: nil))
    }

    @Test("are read from a broker's bytes, cut at every place")
    func reading() throws {
        let packets: [Packet] = [
            .connected(code: 0), .subscribed(number: 1, code: 0x80),
            .publish(Self.hello, number: 9),
            .publish(.init(topic: "t", payload: []), number: nil), .published(number: 3), .pong,
        ]
        let bytes = try packets.flatMap { try $0.bytes() }
        for cut in 0...bytes.count {
            var reader = PacketReader(limit: 100)
            var read: [Packet] = []
            for part in [bytes[..<cut], bytes[cut...]] {
                reader.append(Array(part))
                while let packet = try reader.next() { read.append(packet) }
            }
            #expect(read == packets, "cut at \(cut)")
            #expect(reader.isAtRest)
        }
        var reader = PacketReader(limit: 100)
        var read: [Packet] = []
        for byte in bytes {
            reader.append([byte])
            while let packet = try reader.next() { read.append(packet) }
        }
        #expect(read == packets)
    }

    @Test("of a message that was kept, or came before, are read too")
    func flags() throws {
        for first in [0x31, 0x39, 0x38] as [UInt8] {
            #expect(
                try Packet(first: first, body: [0, 1, 0x74, 0x78])
                    == .publish(.init(topic: "t", payload: [0x78]), number: nil)
            )
        }
    }

    @Test(
        "that must not be are refused",
        arguments: [
            ([0x20, 1, 0], .malformed(type: 2)), ([0x20, 2, 2, 0], .malformed(type: 2)),
            ([0x30, 1, 0], .malformed(type: 3)), ([0x30, 3, 0, 2, 0x61], .malformed(type: 3)),
            // Without a topic; with quality of service 1 and no number, or 0; with one that is none.
            ([0x30, 2, 0, 0], .malformed(type: 3)),
            ([0x32, 4, 0, 1, 0x61, 0], .malformed(type: 3)),
            ([0x32, 5, 0, 1, 0x61, 0, 0], .malformed(type: 3)),
            ([0x36, 2, 0, 0], .unexpected(first: 0x36)),
            ([0x34, 5, 0, 1, 0x61, 0, 1], .unexpected(first: 0x34)),
            ([0x40, 3, 0, 1, 0], .malformed(type: 4)), ([0x40, 1, 0], .malformed(type: 4)),
            ([0x90, 3, 0, 1, 3], .malformed(type: 9)), ([0x90, 2, 0, 1], .malformed(type: 9)),
            ([0xD0, 1, 0], .malformed(type: 13)), ([0x10, 0], .unexpected(first: 0x10)),
            ([0x00, 0], .unexpected(first: 0)),
            // A length that does not end; one above the bound, of which no more has come.
            ([0x30, 0x80, 0x80, 0x80, 0x80], .malformed(type: 3)),
            ([0x30, 0xE9, 0x07], .tooLarge(1_001, limit: 1_000)),
            ([0x30, 0xFF, 0xFF, 0xFF, 0x7F], .tooLarge(268_435_455, limit: 1_000)),
        ] as [([UInt8], PacketError)]
    )
    func refused(bytes: [UInt8], error: PacketError) {
        var reader = PacketReader(limit: 1_000)
        reader.append(bytes)
        #expect(throws: error) { try reader.next() }
    }

    @Test("whose text does not fit are not sent")
    func tooLong() {
        let topic = String(repeating: "t", count: 65_536)
        #expect(throws: PacketError.tooLong(65_536)) {
            try Packet.publish(.init(topic: topic, payload: []), number: nil).bytes()
        }
    }
}
