private import Glibc
internal import Posix

/// Where a door listens: an IPv4 address of this machine alone or of a private network, and a port.
package struct DoorPlace: Sendable, Hashable, CustomStringConvertible {
    /// In figures.
    package let address: String
    /// 0 for any free one.
    package let port: UInt16
    /// Whether only this machine reaches it.
    package let isLoopback: Bool

    /// Any free port that only this machine reaches.
    package static let own = DoorPlace(address: "127.0.0.1", port: 0, isLoopback: true)

    /// The same place, at the port that the system gave.
    package init(_ place: DoorPlace, port: UInt16) {
        self.init(address: place.address, port: port, isLoopback: place.isLoopback)
    }

    private init(address: String, port: UInt16, isLoopback: Bool) {
        self.address = address
        self.port = port
        self.isLoopback = isLoopback
    }

    /// Reads `IP:PORT`, or `PORT` of 127.0.0.1.
    ///
    /// - Throws: ``DoorError/place(_:problem:)``, also for an address that the internet may reach.
    package init(_ text: String) throws(DoorError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let last = parts.last, let port = UInt16(last),
            last.utf8.allSatisfy({ (48...57).contains($0) })
        else { throw .place(text, problem: "it must be IP:PORT, such as 127.0.0.1:9200") }
        let host = parts.count == 2 ? parts[0] : "127.0.0.1"
        var four = in_addr()
        guard inet_pton(AF_INET, host, &four) == 1 else {
            throw .place(text, problem: "the address must be an IPv4 address in figures")
        }
        let address = UInt32(bigEndian: four.s_addr)
        guard PrivateAddress.contains(address) else {
            throw .place(
                text,
                problem:
                    "others may reach this address; take one of loopback or of a private network"
            )
        }
        self.init(address: host, port: port, isLoopback: PrivateAddress.isLoopback(address))
    }

    /// Whether whoever asks must know a token.
    ///
    /// Who names a port of this machine alone lets everybody on it in. A door that nobody asked for lets in its
    /// owner, and one that others can reach only who was told.
    package func needsToken(isAsked: Bool) -> Bool { !isAsked || !isLoopback }

    /// As ``init(_:)`` reads it.
    package var description: String { "\(address):\(port)" }
}

/// What is wrong with a door, or with the way to one.
package enum DoorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It cannot be where it shall be.
    case place(String, problem: String)
    /// A token cannot be used.
    case token(String, problem: String)
    /// What lies in a trial's directory is no way to a door.
    case file(String, problem: String)
    /// What answers is no door.
    case answer(String, problem: String)

    /// The place, what is wrong, and the remedy.
    package var description: String {
        switch self {
        case .place(let text, let problem): "\(text): \(problem)"
        case .token(let path, let problem), .file(let path, let problem): "\(path): \(problem)"
        case .answer(let peer, let problem): "\(peer): \(problem)"
        }
    }
}
