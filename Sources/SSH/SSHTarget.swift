/// Where a node's SSH server is, and which identity and host keys to use with it.
package struct SSHTarget: Sendable, Hashable {
    /// The node's name; stands first in each error.
    package let name: String
    /// A host name, an IPv4 or an IPv6 address, without brackets.
    package let host: String
    /// In 1...65535.
    package let port: UInt16
    /// The login name on the node.
    package let user: String
    /// Path of the private key; not encrypted, and no RSA key.
    package let identityFile: String
    /// Path of the only OpenSSH known_hosts file that is believed.
    package let knownHostsFile: String
    /// Bytes that the system keeps for a slow server; `nil` lets it choose, and grow with the need.
    package let sendBuffer: Int32?

    package init(
        name: String,
        host: String,
        port: UInt16 = 22,
        user: String,
        identityFile: String,
        knownHostsFile: String,
        sendBuffer: Int32? = nil
    ) {
        self.name = name
        self.host = host
        self.port = port
        self.user = user
        self.identityFile = identityFile
        self.knownHostsFile = knownHostsFile
        self.sendBuffer = sendBuffer
    }

    /// How known_hosts names it: `HOST`, or `[HOST]:PORT` if the port is not 22.
    var knownHostsName: String { port == 22 ? host : "[\(host)]:\(port)" }

    /// How errors name it: `HOST:PORT`, with an IPv6 address in brackets.
    var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
