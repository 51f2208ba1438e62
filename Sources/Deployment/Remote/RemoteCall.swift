public import Shell

/// One call on a node: the command, what it reads, and how long it may take.
public struct RemoteCall: Sendable, Hashable {
    /// The command, quoted when it is sent.
    public var command: Command
    /// What the command reads on standard input; empty closes it at once.
    public var input: String
    /// After this long the command is killed on the node and the call fails.
    public var timeLimit: Duration
    /// How errors name it instead of by its whole command, such as `write /etc/hosts`.
    public var name: String?
    /// The most that it may print, in bytes: 64 MiB unless set; one that prints more is ended.
    public var outputLimit = 64 << 20
    /// Whether what it reads stays out of every record of what was sent.
    public var isInputSecret = false
    /// Whether running it twice does what running it once does; then a lost connection is no error.
    public var mayRunTwice = false

    /// Makes a call that runs as the node's login user.
    public init(_ command: Command, input: String = "", timeLimit: Duration = .seconds(60)) {
        self.command = command
        self.input = input
        self.timeLimit = timeLimit
    }

    /// How errors name it: without secrets, and a script by its first comment, because its text
    /// would hide what went wrong.
    var shown: String {
        if let name { return name }
        for line in input.split(separator: "\n").prefix(1) where line.hasPrefix("# ") {
            return "\(command) <<< \(line.dropFirst(2))"
        }
        return "\(command)"
    }

    /// This call under a name for errors.
    public func named(_ name: String) -> RemoteCall {
        var call = self
        call.name = name
        return call
    }

    /// This call, which may run twice.
    public var repeatable: RemoteCall {
        var call = self
        call.mayRunTwice = true
        return call
    }

    /// Returns a call that runs as root, by `sudo -n`, which fails rather than ask for a password.
    public static func root(
        _ command: Command,
        input: String = "",
        timeLimit: Duration = .seconds(60)
    ) -> RemoteCall {
        RemoteCall(Command(["sudo", "-n"] + command.words), input: input, timeLimit: timeLimit)
    }

    /// Returns a call that runs a Bash script as root.
    ///
    /// The script goes over standard input, unchanged, to `bash -euo pipefail`, so that it ends at
    /// the first failure; `arguments` are its `$1`, `$2` and so on.
    public static func script(
        _ text: String,
        arguments: [Command.Word] = [],
        timeLimit: Duration = .seconds(60)
    ) -> RemoteCall {
        let shell: [Command.Word] = ["bash", "-euo", "pipefail", "-s", "--"]
        return .root(Command(shell + arguments), input: text, timeLimit: timeLimit)
    }
}

/// How a remote command ended.
public enum RemoteStatus: Sendable, Hashable, CustomStringConvertible {
    /// It exited by itself with this status, 0 to 255.
    case exited(Int32)
    /// A signal ended it; the name is without `SIG`, such as `KILL`.
    case signalled(String)

    /// Whether it exited with status 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// Reads well behind "ended by": `exit status 3` or `signal KILL`.
    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let name): "signal \(name)"
        }
    }
}

/// What a remote command wrote, and how it ended.
public struct RemoteResult: Sendable, Hashable {
    /// Standard output; bytes that are no UTF-8 are replaced by U+FFFD.
    public var output: String
    /// Standard error; bytes that are no UTF-8 are replaced by U+FFFD.
    public var errors: String
    /// How it ended.
    public var status: RemoteStatus

    /// Makes a result, by default of a command that succeeded and wrote nothing.
    public init(output: String = "", errors: String = "", status: RemoteStatus = .exited(0)) {
        self.output = output
        self.errors = errors
        self.status = status
    }
}
