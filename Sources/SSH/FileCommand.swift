private import Posix

/// What copies a file at the node's end, for each way to a node: texts for a POSIX login shell.
package enum FileCommand {
    /// Takes the remote path, the size, the octal mode and a word that makes a name unique.
    ///
    /// A cut connection ends `cat` as the file's end does: only the size tells them apart. Then nobody reads
    /// what is said of it either, which must not kill the shell before it has removed the part.
    private static let uploadScript = #"""
        path=$1
        part=$1.$4.part
        [ ! -d "$path" ] || { echo "is a directory" >&2; exit 1; }
        umask 077
        trap 'rm -f -- "$part"' EXIT
        trap 'exit 1' HUP INT TERM PIPE
        cat >"$part" || exit 1
        got=$(wc -c <"$part")
        [ "$got" -eq "$2" ] || { echo "only $got of $2 bytes arrived" >&2; exit 1; }
        chmod -- "$3" "$part" && mv -f -- "$part" "$path"
        """#

    /// Takes the remote path, and prints the file unless it is something else.
    ///
    /// A device and a pipe have no end, and a link leads to anything. A node may lie here, as
    /// everywhere: what holds then are the limits.
    private static let downloadScript = #"""
        path=$1
        if [ -L "$path" ]; then kind='a symbolic link'
        elif [ -d "$path" ]; then kind='a directory'
        elif [ -e "$path" ] && [ ! -f "$path" ]; then kind='a pipe, a socket or a device'
        else exec cat -- "$path"
        fi
        echo "is $kind, not a regular file" >&2
        exit 1
        """#

    /// Takes exactly `size` bytes from standard input for the file at `path`, which appears whole or
    /// not at all; running it twice is safe.
    ///
    /// - Parameters:
    ///   - path: Where the file is to appear.
    ///   - size: Its length in bytes.
    ///   - mode: Its permissions.
    ///   - nonce: Makes the name unique under which the part lies that has arrived.
    /// - Returns: The command line.
    package static func upload(
        to path: String,
        size: Int,
        mode: Int32,
        nonce: UInt64 = .random(in: .min ... .max)
    ) -> String {
        text([
            uploadScript, "upload", plain(path), String(size), String(mode, radix: 8),
            String(nonce, radix: 36),
        ])
    }

    /// Prints the regular file at `path`.
    package static func download(_ path: String) -> String {
        text([downloadScript, "download", plain(path)])
    }

    /// Why one of them failed, in one line.
    package static func problem(in errors: String, status: ExecutionResult.ExitStatus) -> String {
        let text = errors.split(whereSeparator: \.isNewline).joined(separator: "; ")
        return text.isEmpty ? "the node's cat ended with \(status)" : text
    }

    private static func text(_ words: [String]) -> String {
        "exec /bin/sh -c " + words.map(Quoting.quote).joined(separator: " ")
    }

    /// A path that no program takes for an option.
    private static func plain(_ path: String) -> String {
        path.hasPrefix("-") ? "./" + path : path
    }
}
