import DeploymentState
import Glibc
internal import Posix

/// Nodes whose private addresses all the world may reach, where services would listen.
public struct PublicAddressError: Error, Hashable, CustomStringConvertible {
    /// The private addresses that are none, by node.
    public let addresses: [String: String]

    /// Fails if a node's private address is public, or is no address.
    static func check(_ nodes: [Node]) throws(PublicAddressError) {
        let found = nodes.filter { !$0.hasPrivateAddress }.map { ($0.name, $0.privateIP) }
        guard found.isEmpty else {
            throw PublicAddressError(addresses: Dictionary(uniqueKeysWithValues: found))
        }
    }

    /// Each node with its address, and the remedy.
    public var description: String {
        addresses.sorted { $0.key < $1.key }
            .map { "\($0.key): its private address \"\($0.value)\" is public" }
            .joined(separator: "\n")
            + "\nthe database and the exporters would answer everybody who reaches it: have the template"
            + " give a private_ip of a private network, or, if a firewall is in front, run"
            + " \"swift run setup NAME --allow-public-addresses\""
    }
}

extension Node {
    /// The private address as it stands before a colon and a port.
    var privateHost: String { privateIP.contains(":") ? "[\(privateIP)]" : privateIP }

    /// Whether the private address is of a block that is not routed over the internet.
    ///
    /// Those of RFC 1918, RFC 6598 (carriers), RFC 2544 (benchmarks, which prov/local has), RFC 4193,
    /// loopback, and links. A name is none, since nobody knows what it will stand for.
    var hasPrivateAddress: Bool {
        var four = in_addr()
        if inet_pton(AF_INET, privateIP, &four) == 1 {
            return PrivateAddress.contains(UInt32(bigEndian: four.s_addr))
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, privateIP, &six) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        let isMapped =
            bytes[..<10].allSatisfy { $0 == 0 } && bytes[10...11].allSatisfy { $0 == 255 }
        if isMapped {
            return PrivateAddress.contains(bytes[12...].reduce(0) { $0 << 8 | UInt32($1) })
        }
        let isLoopback = bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
        let isLink = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
        return isLoopback || isLink || bytes[0] & 0xFE == 0xFC
    }
}
