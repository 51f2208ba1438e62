import DeploymentState

/// What the inputs of a target are made of.
enum Seeds {
    /// The top of the checkout.
    static let repository = Files.split(Files.split(Files.split(#filePath).directory).directory)
        .directory
    /// The inputs that once failed, and others that lead far into a reader.
    static let corpus = repository + "/Tests/fuzz/corpus"
    /// Longer inputs are cut. Unoptimised readers are ten times slower.
    #if DEBUG
        static let longest = 16 << 10
    #else
        static let longest = 128 << 10
    #endif

    /// Returns what makes the inputs of a target.
    ///
    /// - Throws: ``FuzzError`` if it has no seed at all.
    static func mutator(of target: Target, seed: UInt64) throws -> Mutator {
        var seeds: [[UInt8]] = []
        let own = "\(corpus)/\(target.name)"
        for path in (Files.exists(own) ? [own] : []) + target.seeds.map({ "\(repository)/\($0)" }) {
            for bytes in try contents(of: path) {
                // Those of the corpus are tried as they are.
                if target.seedsAreLines, !path.hasPrefix(own) {
                    seeds += bytes.split(separator: 10).map { Array($0) }
                } else {
                    seeds.append(Array(bytes.prefix(longest)))
                }
            }
        }
        guard !seeds.isEmpty else { throw FuzzError("\(target.name): no seeds") }
        return Mutator(
            seeds: seeds,
            dictionary: target.dictionary.map { Array($0.utf8) },
            seed: seed,
            longest: longest
        )
    }

    private static func contents(of path: String) throws -> [[UInt8]] {
        guard Files.isDirectory(path) else { return [try Files.bytes(of: path)] }
        // Sorted, so that a number stands for the same input everywhere.
        return try Files.list(path).sorted().filter { $0 != "README.md" }
            .map { try Files.bytes(of: "\(path)/\($0)") }
    }
}
