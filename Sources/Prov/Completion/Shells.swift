import Usage

/// The shells that complete the words of `prov`, and of `bin/ssh`, which is `prov ssh`.
enum Shells {
    /// The shells, by the name of their program.
    static let names = CompletionScript.shells

    /// Returns a shell's script, or `nil` if there is none.
    static func script(for shell: String) -> String? {
        CompletionScript("prov", fallsToFiles: false, siblings: ["ssh"]).text(for: shell)
    }
}
