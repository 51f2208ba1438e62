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
    /// Whether the text stays out of every record of what was sent.
    public var isSecret: Bool

    /// Makes a file, by default one of root's that all may read.
    public init(path: String, text: String, owner: String = "root:root", mode: String = "0644") {
        self.path = path
        self.text = text
        self.owner = owner
        self.mode = mode
        isSecret = false
    }

    /// Makes a file whose text stays out of every record, by default one that root alone may read.
    public init(path: String, text: String, owner: String = "root:root", isSecret: Bool) {
        self.init(path: path, text: text, owner: owner, mode: isSecret ? "0600" : "0644")
        self.isSecret = isSecret
    }

    /// Writes the file whole under another name and renames it; running it twice is safe.
    ///
    /// Prints `changed` or `same`. The text goes over standard input, so that it is in no argument.
    /// The other name cannot be foreseen, and nobody else can read what stands under it.
    public var install: RemoteCall {
        let script = """
            set -eu
            mkdir -p "$(dirname "$1")"
            umask 077
            new=$(mktemp "$1.XXXXXXXXXX")
            trap 'rm -f "$new"' EXIT
            cat >"$new"
            chown "$2" "$new"
            chmod "$3" "$new"
            if cmp -s "$1" "$new" && [ "$(stat --format '%U:%G 0%a' "$1")" = "$2 $3" ]; then echo same
            else mv -T "$new" "$1"; echo changed; fi
            """
        let words: [Command.Word] = [
            .plain(script), "sh", .plain(path), .plain(owner), .plain(mode),
        ]
        var call = RemoteCall.root(Command(["sh", "-c"] + words), input: text)
        call.isInputSecret = isSecret
        return call.named("write \(path)")
    }
}
