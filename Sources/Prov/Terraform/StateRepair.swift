import Inventory

/// What to do when a kill -9 came while terraform was writing its state, which it does in place.
enum StateRepair {
    /// Puts terraform's own backup in the place of a state that was cut short.
    ///
    /// Terraform takes an empty state for none at all, and would make everything a second time.
    /// The broken file is kept in `log/`; a line says what was done.
    static func run(_ files: StateFiles, say: (String) -> Void) throws {
        let state = files.terraform + "/terraform.tfstate"
        let backup = state + ".backup"
        guard Files.exists(state), try !isWhole(state) else { return }
        try Files.makeDirectory(files.log)
        let broken = "\(files.log)/\(Moment.now.fileName)-broken.tfstate"
        if Files.exists(backup), try isWhole(backup) {
            let old = try Files.bytes(of: backup)
            try Files.move(state, to: broken)
            try Files.write(old, to: state)
            say("terraform's state was cut short by a kill; going on from its backup (\(broken))")
        } else {
            try Files.move(state, to: broken)
            say("terraform's state was cut short by a kill, and there is no backup (\(broken))")
        }
    }

    /// Whether a file begins and ends as a JSON object does.
    private static func isWhole(_ path: String) throws -> Bool {
        let bytes = try Files.bytes(of: path)
        let last = bytes.last { !" \n\r\t".utf8.contains($0) }
        return bytes.first == UInt8(ascii: "{") && last == UInt8(ascii: "}")
    }
}
