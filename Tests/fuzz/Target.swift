import Glibc

/// What became of one input.
enum Verdict {
    /// It was taken.
    case accepted
    /// It was refused, with this text.
    case refused(String)
    /// It was taken or refused in a way that must not be; the text says what.
    case violated(String)
}

/// A reader of what comes from outside, and what must hold of it whatever it gets.
struct Target: Sendable {
    /// The name, which is that of its folder in `corpus` too.
    let name: String
    /// Files and folders, from the top of the checkout, whose contents are mutated besides the corpus.
    let seeds: [String]
    /// Whether each line of a seed is a seed of its own.
    var seedsAreLines = false
    /// Words that mutations put in.
    let dictionary: [String]
    /// Texts of which each refusal has one, as its place.
    let places: [String]
    /// Reads an input; what it throws is a refusal.
    let read: @Sendable (_ bytes: [UInt8], _ scratch: Scratch) throws -> Verdict

    /// Reads an input and looks at the refusal.
    func judge(_ bytes: [UInt8], _ scratch: Scratch) -> Verdict {
        let verdict: Verdict
        do {
            verdict = try read(bytes, scratch)
        } catch {
            verdict = .refused("\(error)")
        }
        guard case .refused(let text) = verdict else { return verdict }
        guard places.isEmpty || places.contains(where: { text.contains($0) }) else {
            return .violated("a refusal without a place: \(text)")
        }
        return verdict
    }

    /// All targets, in the order in which they run.
    static let all: [Target] =
        configTargets + stateTargets + terraformTargets + logTargets + replyTargets
        + evidenceTargets + doorTargets

    /// What fails in every way that the driver must see; it runs only when it is asked for.
    static let broken = Target(
        name: "broken",
        seeds: [],
        dictionary: [],
        places: ["place:"],
        read: { bytes, _ in
            switch String(decoding: bytes, as: UTF8.self) {
            case let text where text.contains("CRASH"): fatalError("as it was told")
            case let text where text.contains("HANG"): while true {}
            case let text where text.contains("EAT"):
                return [UInt8](repeating: 1, count: 300 << 20).isEmpty ? .accepted : .accepted
            case let text where text.contains("WRONG"): return .violated("as it was told")
            case let text where text.contains("REFUSE"): return .refused("without any")
            default: return .accepted
            }
        }
    )
}

/// A file for readers that take only files; it lies in memory.
struct Scratch {
    /// The folder, which is removed at the end.
    let folder: String

    /// Writes the file and returns its path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(folder)/\(name)"
        guard let file = fopen(path, "w") else { throw FuzzError("\(path): cannot be written") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw FuzzError("\(path): cannot be written")
        }
        return path
    }
}

/// Writes all bytes to a file that is open.
func writeAll(_ bytes: some Sequence<UInt8>, to file: Int32) {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest.removeFirst(count)
    }
}

/// A fault of the driver's own.
struct FuzzError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
