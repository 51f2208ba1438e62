/// What a command reads: bytes, or a local file piece by piece.
struct InputSource {
    private var bytes: [UInt8]
    private var offset = 0
    private let file: LocalFile?
    private var left: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        file = nil
        left = 0
    }

    /// Exactly `size` bytes of a file.
    init(_ file: LocalFile, size: Int) {
        bytes = []
        self.file = file
        left = size
    }

    /// Offers the next bytes to `body`, which says how many it took; `nil` at the end.
    mutating func offer<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int? {
        let rest = offset..<bytes.count
        guard !rest.isEmpty else { return nil }
        let result = bytes.withUnsafeBytes { all in
            Result { () throws(Failure) in
                try body(UnsafeRawBufferPointer(rebasing: all[rest]))
            }
        }
        let taken = try result.get()
        offset += taken
        return taken
    }

    /// Reads on in the file once all its bytes so far were taken.
    mutating func refill() throws(LocalFile.Failure) {
        guard let file, offset == bytes.count, left > 0 else { return }
        bytes = try file.read(min(left, 1 << 18))
        guard !bytes.isEmpty else { throw LocalFile.Failure("shrank while it was read") }
        left -= bytes.count
        offset = 0
    }
}
