internal import Glibc
internal import Posix

/// A socket address of any family, as the system calls take it.
struct SocketAddress {
    var storage: sockaddr_storage
    let length: socklen_t
    let family: Int32

    /// Calls `body` with the address as a `sockaddr`.
    func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// Opens a TCP socket without delay of small packets.
    ///
    /// - Returns: The descriptor, which the caller closes.
    func open() throws(LoadError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw .system(SystemError("socket")) }
        var on: Int32 = 1
        setsockopt(
            descriptor,
            Int32(IPPROTO_TCP),
            TCP_NODELAY,
            &on,
            socklen_t(MemoryLayout<Int32>.size)
        )
        return descriptor
    }
}
