/// Redis Cluster's hash slots: which of 16384 parts of the data a key belongs to.
package enum HashSlot {
    /// How many slots a cluster has.
    package static let count = 16_384

    /// Returns the slot of a key: CRC16 (XMODEM) of the key, or of its hash tag if it has one.
    ///
    /// The hash tag is what stands between the first `{` and the next `}`, unless that is empty.
    package static func slot(of key: UnsafeBufferPointer<UInt8>) -> Int {
        var part = key[...]
        if let open = key.firstIndex(of: UInt8(ascii: "{")),
            let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        {
            part = key[(open + 1)..<close]
        }
        var sum: UInt16 = 0
        for byte in part { sum = (sum << 8) ^ table[Int(sum >> 8) ^ Int(byte)] }
        return Int(sum) & (count - 1)
    }

    /// Returns the slot of a key given as text.
    package static func slot(of key: String) -> Int {
        var key = key
        return key.withUTF8 { slot(of: $0) }
    }

    /// The checksum of each byte, for the polynomial 0x1021.
    private static let table: [UInt16] = (0..<256).map { byte in
        var sum = UInt16(byte) << 8
        for _ in 0..<8 { sum = sum & 0x8000 == 0 ? sum << 1 : (sum << 1) ^ 0x1021 }
        return sum
    }
}
