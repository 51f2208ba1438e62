import Glibc

/// What a child has done, in a file that it shares with the driver: a child that dies cannot tell.
struct Progress {
    /// The numbers in it.
    enum Field: Int, CaseIterable {
        /// The input at work.
        case current
        /// Inputs that were taken.
        case accepted
        /// Inputs that were refused.
        case refused
        /// The longest processor time of an input, in microseconds.
        case longest
        /// The largest resident memory so far, in KiB.
        case memory
    }

    private let fields: UnsafeMutablePointer<Int>

    /// Opens the file, which is made if it is not there.
    init(file path: String) throws {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        let size = Field.allCases.count * MemoryLayout<Int>.size
        guard file >= 0, ftruncate(file, off_t(size)) == 0,
            let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
            memory != MAP_FAILED
        else { throw FuzzError("\(path): cannot be shared") }
        close(file)
        fields = memory.bindMemory(to: Int.self, capacity: Field.allCases.count)
    }

    subscript(field: Field) -> Int {
        get { fields[field.rawValue] }
        nonmutating set { fields[field.rawValue] = newValue }
    }

    /// Lets go of it.
    func unmap() { munmap(fields, Field.allCases.count * MemoryLayout<Int>.size) }
}
