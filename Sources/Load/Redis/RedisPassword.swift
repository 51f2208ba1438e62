private import Glibc
internal import Posix

/// The password that Redis servers ask for, of the default user.
package struct RedisPassword: Sendable, Hashable {
    /// No password that a person or program makes is longer.
    private static let longest = 512
    private static let variable = "REDISCLI_AUTH"

    private let bytes: [UInt8]

    /// Makes a password; `nil` if it is empty or longer than 512 bytes.
    package init?(_ bytes: [UInt8]) {
        guard (1...Self.longest).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// Reads the first line of a file, or else `REDISCLI_AUTH`, as `redis-cli` does; `nil` for neither.
    ///
    /// It is no option of its own, because every user of a machine can read all command lines.
    ///
    /// - Throws: ``LoadError`` if the file cannot be read, or others than its owner can read it.
    static func find(file: String?) throws(LoadError) -> RedisPassword? {
        if let file { return try read(file) }
        guard let value = getenv(variable), value[0] != 0 else { return nil }
        guard let password = RedisPassword(Array(String(cString: value).utf8)) else {
            throw .badPassword(place: variable, problem: tooLong)
        }
        return password
    }

    private static let tooLong = "longer than \(longest) bytes"

    private static func read(_ path: String) throws(LoadError) -> RedisPassword {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .system(SystemError("read \(path)")) }
        defer { close(file) }
        var info = stat()
        guard fstat(file, &info) == 0 else {
            throw .system(SystemError("read \(path)"))
        }
        guard info.st_mode & 0o077 == 0 else {
            throw .badPassword(place: path, problem: "others can read it: chmod 600 \(path)")
        }
        var content = [UInt8](repeating: 0, count: longest + 2)
        let count = Glibc.read(file, &content, content.count)
        guard count >= 0 else { throw .system(SystemError("read \(path)")) }
        let line = content[..<count].prefix { $0 != UInt8(ascii: "\n") }
        guard let password = RedisPassword(Array(line)) else {
            throw .badPassword(
                place: path,
                problem: line.isEmpty ? "its first line is empty" : tooLong
            )
        }
        return password
    }

    /// The command that tells a server the password.
    var command: [UInt8] {
        Array("*2\r\n$4\r\nAUTH\r\n$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    /// Whether a server that refused ``command`` did so because it asks for no password.
    static func isNeedless(_ refusal: [UInt8]) -> Bool {
        // Redis from 6 on, and before.
        [
            "-ERR AUTH <password> called without any password",
            "-ERR Client sent AUTH, but no password is set",
        ]
        .contains { refusal.starts(with: $0.utf8) }
    }

    /// What to say of a refusal that is about the password; `nil` if it is about something else.
    static func problem(_ refusal: String) -> String? {
        if refusal.hasPrefix("NOAUTH") {
            return "the server asks for a password: name a file that holds it by --password-file, "
                + "or set \(variable)"
        }
        guard refusal.hasPrefix("WRONGPASS") || refusal.hasPrefix("ERR invalid password") else {
            return nil
        }
        return "the server refuses the password: compare it with requirepass in its configuration"
    }
}
