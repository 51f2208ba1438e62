internal import Glibc

/// A network in CIDR form, such as `203.0.113.0/24`.
struct Network: Sendable, Hashable {
    /// As it was written, without blanks around it.
    let text: String
    /// The address: 4 bytes, or 16.
    let address: [UInt8]
    /// How many of its first bits are the network's.
    let length: Int

    /// Whether it is IPv6.
    var isV6: Bool { address.count == 16 }

    /// Reads one network; `nil` if it is none.
    init?(_ text: some StringProtocol) {
        self.text = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        let parts = self.text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]), String(length) == parts[1] else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: 16)
        let name = String(parts[0])
        if inet_pton(AF_INET, name, &bytes) == 1 {
            bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, name, &bytes) != 1 {
            return nil
        }
        guard (0...bytes.count * 8).contains(length) else { return nil }
        address = bytes
        self.length = length
    }

    /// Reads networks with commas between them; `nil` if any of them is none.
    static func list(_ text: String) -> [Network]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let networks = parts.compactMap { Network($0) }
        return networks.count == parts.count ? networks : nil
    }

    /// Itself with the bits behind the network's cleared, as text.
    var base: String {
        let bytes = address.enumerated().map { index, byte in
            let bits = min(8, max(0, length - index * 8))
            return byte & ~UInt8(truncatingIfNeeded: 0xFF >> bits)
        }
        var name = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(isV6 ? AF_INET6 : AF_INET, bytes, &name, socklen_t(name.count))
        let text = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self) + "/\(length)"
    }

    /// Whether it names an address inside of the network rather than the network.
    var hasHostBits: Bool { Network(base)?.address != address }
}
