private import CSSL

/// Small things that OpenSSL does besides, for what WebSocket's beginning asks for.
package enum OpenSSL {
    /// Returns the SHA-1 of bytes.
    package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA_DIGEST_LENGTH)) { room, count in
            SHA1(bytes, bytes.count, room.baseAddress)
            count = room.count
        }
    }

    /// Returns bytes in base64.
    package static func base64(_ bytes: [UInt8]) -> String {
        let room = (bytes.count + 2) / 3 * 4
        let text = [UInt8](unsafeUninitializedCapacity: room + 1) { text, count in
            EVP_EncodeBlock(text.baseAddress, bytes, Int32(bytes.count))
            count = room
        }
        return String(decoding: text, as: UTF8.self)
    }
}
