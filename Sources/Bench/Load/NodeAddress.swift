private import Glibc

/// A server's address and port.
package struct NodeAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    package let host: String
    /// 1…65535.
    package let port: UInt16

    /// Makes an address.
    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST`, `HOST:PORT`, an IPv6 address, or `[IPV6]:PORT`.
    package init(_ text: String, defaultPort: UInt16) throws(LoadError) {
        var host = text[...]
        var portText: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let behind = text[text.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else {
                throw .address(text, problem: "what follows \"]\" must be \":PORT\"")
            }
            portText = behind.isEmpty ? nil : behind.dropFirst()
        } else if let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw .address(text, problem: "the host is missing") }
        self.host = String(host)
        guard let portText else {
            port = defaultPort
            return
        }
        guard let number = UInt16(portText), number > 0 else {
            throw .address(text, problem: "the port must be in 1…65535")
        }
        port = number
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Whether the host is an IP address, which needs no name server.
    var isNumeric: Bool { (try? sockets(numericOnly: true)) != nil }

    /// Looks the name up and returns the same address with an IP address as host; may block.
    func resolved() throws(LoadError) -> NodeAddress {
        let found = try sockets(numericOnly: false)
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = found.withSocketAddress { address, length in
            getnameinfo(address, length, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        }
        guard code == 0 else {
            throw .address(description, problem: String(cString: gai_strerror(code)))
        }
        let host = String(
            decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        return NodeAddress(host: host, port: port)
    }

    /// Returns the first socket address of the host.
    func sockets(numericOnly: Bool) throws(LoadError) -> SocketAddress {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : 0)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let first = list?.pointee, let address = first.ai_addr else {
            throw .address(description, problem: String(cString: gai_strerror(code)))
        }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(
                from: UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen))
            )
        }
        return SocketAddress(storage: storage, length: first.ai_addrlen, family: first.ai_family)
    }
}
