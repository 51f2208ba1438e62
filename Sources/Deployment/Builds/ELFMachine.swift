/// The kind of machine that an ELF executable is for, as its header says (`man 5 elf`).
struct ELFMachine: Sendable, Hashable {
    /// What speaks against the file.
    struct Fault: Error, Hashable {
        let problem: String
    }

    /// The header's `e_machine`.
    let number: UInt16

    /// Reads the header.
    init(of file: [UInt8]) throws(Fault) {
        guard file.starts(with: Self.magic) else { throw Fault(problem: "is no ELF executable") }
        guard file.count >= 20 else { throw Fault(problem: "ends within its header") }
        // The sixth byte says in which order the bytes of all numbers stand.
        let isLittle = file[5] == 1
        func number(at place: Int) -> UInt16 {
            let (low, high) = isLittle ? (place, place + 1) : (place + 1, place)
            return UInt16(file[high]) << 8 | UInt16(file[low])
        }
        // 2 is a program at fixed addresses, 3 one at any.
        guard [2, 3].contains(number(at: 16)) else {
            throw Fault(
                problem: "is machine code that is no program: an object file or a core dump"
            )
        }
        self.number = number(at: 18)
    }

    static let magic: [UInt8] = [0x7F, 0x45, 0x4C, 0x46]

    /// What `uname -m` says on machines that run it, the usual one first; empty if unknown.
    private static let machines: [UInt16: [String]] = [
        3: ["i686", "i586", "x86_64"], 21: ["ppc64le", "ppc64"], 22: ["s390x"],
        40: ["armv7l", "armv6l", "armv8l", "aarch64"], 62: ["x86_64"], 183: ["aarch64"],
        243: ["riscv64"], 258: ["loongarch64"],
    ]

    /// What people call it.
    var name: String { Self.machines[number]?.first ?? "machine \(number)" }

    /// Whether a machine can run it by what its `uname -m` says; one that is not known may.
    func runs(on machine: String) -> Bool {
        Self.machines[number]?.contains(machine) ?? true
    }
}
