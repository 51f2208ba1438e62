/// The blocks of IPv4 addresses that are not routed over the internet.
package enum PrivateAddress {
    /// Those of RFC 1918, RFC 6598 (carriers), RFC 2544 (benchmarks, which prov/local has), loopback, and links.
    private static let blocks: [(start: UInt32, bits: UInt32)] = [
        (0x0A00_0000, 8), (0xAC10_0000, 12), (0xC0A8_0000, 16), (0x6440_0000, 10),
        (0xC612_0000, 15), (0x7F00_0000, 8), (0xA9FE_0000, 16),
    ]

    /// Whether an address, its first byte the highest, is in one of them.
    package static func contains(_ address: UInt32) -> Bool {
        blocks.contains { (address ^ $0.start) >> (32 - $0.bits) == 0 }
    }

    /// Whether an address is this machine's own, 127.0.0.0/8.
    package static func isLoopback(_ address: UInt32) -> Bool { address >> 24 == 127 }
}
