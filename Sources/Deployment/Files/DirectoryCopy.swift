import Shell

/// A folder with all that is in it, on its way to a node or from one.
public struct DirectoryCopy: Sendable, Hashable {
    enum Direction: Sendable, Hashable {
        /// To the node, where everything gets the owner `USER:GROUP`, if there is one.
        case upload(owner: String?)
        /// From the node; the local folder then holds at most so many bytes, files and folders.
        case download(bytes: Int, entries: Int)
    }

    let direction: Direction
    /// The folder here.
    let local: String
    /// The folder on the node.
    let remote: String
    /// Whether root reads or writes there; else the login user.
    let isRoot: Bool
    /// Whether what the source lacks is removed at the other end.
    let isMirror: Bool
    let timeLimit: Duration

    /// What its errors say was being done.
    var operation: String {
        switch direction {
        case .upload: "upload \"\(local)\" to \"\(remote)\""
        case .download: "download \"\(remote)\" to \"\(local)\""
        }
    }

    /// Looks whether the node has what it needs, and changes nothing; see ``Need``.
    var look: RemoteCall {
        let isThere = if case .download = direction { "[ -d \"$1\" ] || exit 67" } else { "" }
        return call(
            """
            # look for what a copy of a folder needs
            command -v rsync >/dev/null || exit 66
            \(isThere)
            """
        )
    }

    /// Makes the folder on the node that is copied to.
    var prepare: RemoteCall {
        call(
            """
            # make the folder that is copied to
            mkdir --parents -- "$1"
            """
        )
    }

    private func call(_ script: String) -> RemoteCall {
        var call = RemoteCall.script(script, arguments: [.plain(remote)])
        // As the login user: without the "sudo -n".
        if !isRoot { call.command = Command(Array(call.command.words.dropFirst(2))) }
        return call
    }

    /// What a node may lack, by the exit status that says so.
    enum Need: Int32 {
        case rsync = 66  // EX_NOINPUT of sysexits.h, as for what else is looked for
        case folder = 67
    }
}

/// A folder that cannot be copied, because a node lacks something; nothing has been changed.
struct DirectoryCopyError: Error, Hashable, CustomStringConvertible {
    let node: String
    let copy: DirectoryCopy
    let missing: DirectoryCopy.Need

    var description: String {
        let problem =
            switch missing {
            case .rsync:
                "there is no rsync on the node: apt-get install rsync, or image_packages: [rsync] on prov/local"
            case .folder: "there is no such folder on the node"
            }
        return "\(node): \(copy.operation): \(problem)"
    }
}
