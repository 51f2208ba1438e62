import Glibc
import Shell

/// What `ssh` is called with: once for the connection to a node, then for each command over it.
struct OpenSSHCommandLine: Sendable, Hashable {
    /// What the process of the connection prints once others can use it.
    static let connected = "connected"

    /// The node's name, a `Host` of the configuration.
    let node: String
    /// The deployment's `ssh_config`.
    let configFile: String
    /// The only host keys that are believed.
    let knownHostsFile: String
    /// Where the process of the connection listens for others.
    let socket: String
    /// The socket of the agent that has the key; `nil` to leave that to the configuration.
    var agent: String? = nil

    /// Connects, and holds the connection for others until it is ended; asks nobody for anything.
    ///
    /// The node's key is checked as strictly as by libssh2, whatever the configuration says. Options of the
    /// command line do not reach the `ssh` that a `ProxyJump` starts: that one goes by the configuration alone.
    func master(connectTimeout: Int = 30) -> LocalProcess {
        LocalProcess(
            "ssh",
            ["-F", configFile, "-N", "-T", "-M", "-S", socket]
                + Self.options(
                    [
                        "BatchMode=yes", "ControlPersist=no",
                        "PermitLocalCommand=yes", "LocalCommand=echo \(Self.connected)",
                    ] + connecting(within: connectTimeout)
                ) + ["--", node],
            teardown: Self.teardown,
            // Also when we are killed: nothing of ours stays.
            endsWithUs: true
        )
    }

    /// The words in front of a host and a command for a program that connects by itself, as strictly.
    func direct(connectTimeout: Int = 30) -> [String] {
        ["ssh", "-F", configFile, "-T", "-a", "-x"]
            + Self.options(
                [
                    "BatchMode=yes", "ControlMaster=no", "ControlPath=none",
                    "PermitLocalCommand=no",
                ] + connecting(within: connectTimeout)
            ) + ["--"]
    }

    /// What holds for every new connection, whatever the configuration says.
    private func connecting(within seconds: Int) -> [String] {
        [
            "StrictHostKeyChecking=yes", "UserKnownHostsFile=\(quotedKnownHosts)",
            "GlobalKnownHostsFile=/dev/null", "KnownHostsCommand=none", "VerifyHostKeyDNS=no",
            "NoHostAuthenticationForLocalhost=no", "UpdateHostKeys=no",
            "PasswordAuthentication=no", "KbdInteractiveAuthentication=no",
            "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "RemoteCommand=none",
            "ConnectTimeout=\(seconds)", "ConnectionAttempts=1",
            // A silent connection counts as lost when libssh2's would.
            "ServerAliveInterval=15", "ServerAliveCountMax=3", "LogLevel=INFO",
        ] + (agent.map { ["IdentityAgent=\($0)"] } ?? [])
    }

    /// Runs a command over the connection, and over no other.
    ///
    /// Without the socket `ssh` would connect by itself, to another machine perhaps; `false` keeps it from that.
    func client(_ text: String, timeLimit: Duration) -> LocalProcess {
        LocalProcess(
            "ssh",
            ["-F", "none", "-S", socket, "-T", "-a", "-x"]
                + Self.options([
                    "ControlMaster=no", "BatchMode=yes", "ProxyCommand=false", "LogLevel=ERROR",
                ]) + ["--", node, text],
            timeLimit: timeLimit,
            teardown: Self.teardown
        )
    }

    private static let teardown = [
        LocalProcess.TeardownStep(signal: SIGTERM, wait: .seconds(2))
    ]

    private static func options(_ options: [String]) -> [String] { options.flatMap { ["-o", $0] } }

    /// Blanks would end a name, and `%` stands for something else.
    private var quotedKnownHosts: String { "\"\(knownHostsFile.replacing("%", with: "%%"))\"" }
}
