import Shell

/// A configuration file of the system as its package brought it, kept beside the datasets.
///
/// What was set since then is the difference between the two.
struct PackagedFile: Sendable, Hashable {
    /// The file in use.
    let path: String
    /// The copy.
    let copy: String

    init(_ path: String) {
        self.path = path
        let name = path.split(separator: "/").last.map(String.init) ?? "configuration"
        copy = "/var/lib/prov/packaged/\(name)"
    }

    /// Makes the copy, unless there is one.
    var keep: RemoteCall {
        .script(
            """
            # keep the packaged configuration
            [ ! -e "$2" ] || exit 0
            install -D --mode 0600 "$1" "$2.new"
            mv -T "$2.new" "$2"
            """,
            arguments: [.plain(path), .plain(copy)]
        )
    }

    /// Prints the copy; where an earlier version installed the system, the file in use.
    var read: RemoteCall {
        .script(
            """
            # read the packaged configuration
            [ -e "$2" ] || exec cat "$1"
            exec cat "$2"
            """,
            arguments: [.plain(path), .plain(copy)]
        )
        .repeatable
    }
}
