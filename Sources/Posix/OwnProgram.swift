private import Glibc

/// The program that runs.
package enum OwnProgram {
    /// The absolute path of its executable, also where that was replaced or removed meanwhile;
    /// empty if the kernel does not tell.
    package static var path: String {
        var link = [CChar](repeating: 0, count: 4_096)
        let count = max(0, readlink("/proc/self/exe", &link, link.count))
        let bytes = link[..<count].map { UInt8(bitPattern: $0) }
        return path(ofLink: String(decoding: bytes, as: UTF8.self)) { path in
            access(path, F_OK) == 0
        }
    }

    /// What `/proc/self/exe` says, without the kernel's word for a file that has lost its name.
    ///
    /// A new build takes that name while a trial runs, which is no reason to lose the trial's report.
    ///
    /// - Parameters:
    ///   - link: The link's text.
    ///   - isThere: Whether something stands at a path: an executable may be called so by itself.
    /// - Returns: The path.
    static func path(ofLink link: String, _ isThere: (String) -> Bool) -> String {
        let word = " (deleted)"
        guard link.hasSuffix(word), !isThere(link) else { return link }
        return String(link.dropLast(word.count))
    }
}
