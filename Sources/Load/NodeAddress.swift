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
    var isNumeric: Bool { (try? socket(numericOnly: true)) != nil }

    /// Looks the name up and returns an IP address that can be reached, or else the first; may block.
    func resolved() throws(LoadError) -> NodeAddress {
        guard !isNumeric else { return self }
        // Not reached now: the load goes on trying, and says so.
        if let conversation = try? RedisConversation(with: self) { return conversation.peer }
        return try numeric(socket(numericOnly: false))
    }

    /// Returns the same port at the IP address of `found`.
    func numeric(_ found: SocketAddress) throws(LoadError) -> NodeAddress {
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
    func socket(numericOnly: Bool) throws(LoadError) -> SocketAddress {
        guard let first = try sockets(numericOnly: numericOnly).first else {
            throw .address(description, problem: "no address")
        }
        return first
    }

    /// Returns the socket addresses of the host in the order of preference.
    func sockets(numericOnly: Bool) throws(LoadError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (numericOnly ? AI_NUMERICHOST : 0)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0 else {
            throw .address(description, problem: String(cString: gai_strerror(code)))
        }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee, let address = entry.ai_addr {
            var storage = sockaddr_storage()
            let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
            withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
            found.append(
                SocketAddress(storage: storage, length: entry.ai_addrlen, family: entry.ai_family)
            )
            next = entry.ai_next
        }
        return found
    }
}
