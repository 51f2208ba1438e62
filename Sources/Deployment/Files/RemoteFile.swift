import Shell

/// A text file as it must stand on a node.
public struct RemoteFile: Sendable, Hashable {
    /// The absolute path.
    public var path: String
    /// The whole text.
    public var text: String
    /// The owner, `USER:GROUP`.
    public var owner: String
    /// The permission bits in octal, such as `0644`.
    public var mode: String

    /// Makes a file, by default one of root's that all may read.
    public init(path: String, text: String, owner: String = "root:root", mode: String = "0644") {
        self.path = path
        self.text = text
        self.owner = owner
        self.mode = mode
    }

    /// Writes the file whole under another name and renames it; running it twice is safe.
    ///
    /// Prints `changed` or `same`. The text goes over standard input, so that it is in no argument.
    public var install: RemoteCall {
        let script = """
            set -eu
            mkdir -p "$(dirname "$1")"
            cat >"$1.prov-new"
            chown "$2" "$1.prov-new"
            chmod "$3" "$1.prov-new"
            if cmp -s "$1" "$1.prov-new"; then rm "$1.prov-new"; echo same
            else mv -T "$1.prov-new" "$1"; echo changed; fi
            """
        let words: [Command.Word] = [
            .plain(script), "sh", .plain(path), .plain(owner), .plain(mode),
        ]
        return .root(Command(["sh", "-c"] + words), input: text).named("write \(path)")
    }
}
