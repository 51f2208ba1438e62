private import Glibc
internal import Posix

/// The log files of a pgbench, one of each of its threads, read line by line.
enum PgbenchLogFile {
    /// Calls `body` with every transaction of a file.
    ///
    /// - Throws: ``LoadError`` with the place of a line that cannot be read.
    static func forEach(
        in path: String,
        _ body: (PgbenchTransaction) -> Void
    ) throws(LoadError) {
        guard let file = fopen(path, "re") else { throw .system(SystemError(path)) }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        var number = 0
        while true {
            errno = 0
            let length = getline(&line, &capacity, file)
            guard length > 0, let line else { break }
            number += 1
            let transaction = line.withMemoryRebound(to: UInt8.self, capacity: length) { bytes in
                let isWhole = bytes[length - 1] == UInt8(ascii: "\n")
                return isWhole
                    ? PgbenchTransaction(UnsafeBufferPointer(start: bytes, count: length - 1)) : nil
            }
            guard let transaction else {
                throw .answer("\(path):\(number)", problem: "no transaction of pgbench --rate")
            }
            body(transaction)
        }
        guard ferror(file) == 0 else { throw .system(SystemError(path)) }
    }
}
