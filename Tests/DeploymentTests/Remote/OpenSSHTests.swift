import Foundation
import SSH
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("OpenSSH: values")
struct OpenSSHTests {
    private static let line = OpenSSHCommandLine(
        node: "server-0",
        configFile: "/d/demo/ssh_config",
        knownHostsFile: "/d 1/100%/known_hosts",
        socket: "/run/user/7/prov-ssh/x",
        agent: "/tmp/agent"
    )
    private static let teardown = [LocalProcess.TeardownStep(signal: SIGTERM, wait: .seconds(2))]

    @Test("hold a connection, with the host's key checked strictly, and ask nobody")
    func master() {
        let words = [
            "-F", "/d/demo/ssh_config", "-N", "-T", "-M", "-S", "/run/user/7/prov-ssh/x",
            "-o", "BatchMode=yes", "-o", "ControlPersist=no", "-o", "PermitLocalCommand=yes",
            "-o", "LocalCommand=echo connected", "-o", "StrictHostKeyChecking=yes",
            "-o", "UserKnownHostsFile=\"/d 1/100%%/known_hosts\"",
            "-o", "GlobalKnownHostsFile=/dev/null", "-o", "KnownHostsCommand=none",
            "-o", "VerifyHostKeyDNS=no", "-o", "NoHostAuthenticationForLocalhost=no",
            "-o", "UpdateHostKeys=no", "-o", "PasswordAuthentication=no",
            "-o", "KbdInteractiveAuthentication=no", "-o", "ClearAllForwardings=yes",
            "-o", "ForwardAgent=no", "-o", "ForwardX11=no", "-o", "RemoteCommand=none",
            "-o", "ConnectTimeout=30", "-o", "ConnectionAttempts=1",
            "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3", "-o", "LogLevel=INFO",
            "-o", "IdentityAgent=/tmp/agent", "--", "server-0",
        ]
        let expected = LocalProcess("ssh", words, teardown: Self.teardown, endsWithUs: true)
        #expect(Self.line.master() == expected)
    }

    @Test("run a command over that connection and over no other")
    func client() {
        let words = [
            "-F", "none", "-S", "/run/user/7/prov-ssh/x", "-T", "-a", "-x",
            "-o", "ControlMaster=no", "-o", "BatchMode=yes", "-o", "ProxyCommand=false",
            "-o", "LogLevel=ERROR", "--", "server-0", "uptime; exit 3",
        ]
        #expect(
            Self.line.client("uptime; exit 3", timeLimit: .seconds(9))
                == LocalProcess("ssh", words, timeLimit: .seconds(9), teardown: Self.teardown)
        )
    }

    @Test("a command reports its session first and its end last")
    func reporting() {
        #expect(
            ReportedCommand(nonce: 35).wrapping("echo 'x'") == #"""
                echo ssh-z-$$ >&2; PROV_COMMAND='echo '\''x'\'''; export PROV_COMMAND; exec awk 'BEGIN {
                s = system("set -- \"$PROV_COMMAND\"; unset PROV_COMMAND; SHLVL=1; export SHLVL; exec \"${SHELL:-/bin/sh}\" -c \"$1\"")
                system("echo ssh-z=" s " >&2")
                }'
                """#
        )
    }

    @Test(
        "its reports are taken out of standard error, wherever they stand",
        arguments: [
            ("ssh-z-12\nssh-z=0\n", 12, .exited(0), ""),
            ("motd\nssh-z-12\nno feedssh-z=255\nlate\n", 12, .exited(255), "motd\nno feedlate\n"),
            ("ssh-z-12\nssh-z=265\n", 12, .signalled("KILL"), ""),
            ("ssh-z-12\nssh-z=523\n", 12, .signalled("SEGV"), ""),
            ("ssh-z-12\nssh-z=290\n", 12, .signalled("34"), ""),
            ("ssh-z-12\nssh-z=0.03\n", 12, nil, ""),
            ("ssh-z-12\nssh-z=", 12, nil, "ssh-z="),
            ("awk: not found\n", nil, nil, "awk: not found\n"),
            ("ssh-y-12\n", nil, nil, "ssh-y-12\n"), ("", nil, nil, ""),
        ] as [(String, Int?, RemoteStatus?, String)]
    )
    func report(said: String, processID: Int?, status: RemoteStatus?, errors: String) {
        let report = ReportedCommand(nonce: 35).read(Array(said.utf8))
        #expect(
            report
                == ReportedCommand.Report(
                    processID: processID,
                    status: status,
                    errors: Array(errors.utf8)
                )
        )
    }

    @Test(
        "the end of ssh tells the end of the command, or that nobody knows it",
        arguments: [
            (.exited(255), .itself, "ssh-z-1\nssh-z=255\n", .ended(.exited(255))),
            (.exited(0), .itself, "ssh-z-1\nssh-z=0\n", .ended(.exited(0))),
            (.exited(127), .itself, "ssh-z-1\nawk: not found\n", .ended(.exited(127))),
            (.exited(1), .itself, "This account is not available.\n", .ended(.exited(1))),
            (.exited(255), .itself, "ssh-z-1\n", .unknown), (.exited(255), .itself, "", .unknown),
            (.signaled(15), .itself, "ssh-z-1\n", .unknown),
            (
                .exited(255), .itself,
                "mux_client_request_session: session request failed: Session open refused by peer\n",
                .refused
            ),
            (.exited(255), .timeLimit, "ssh-z-1\n", .endedEarly(.timeLimit)),
            (.exited(0), .refusal, "ssh-z-1\nssh-z=0\n", .endedEarly(.refusal)),
        ] as [(Outcome.Status, Outcome.Cause, String, OpenSSHEnding)]
    )
    func ending(
        status: Outcome.Status,
        cause: Outcome.Cause,
        said: String,
        ending: OpenSSHEnding
    ) {
        let errors = Array(said.utf8)
        let report = ReportedCommand(nonce: 35).read(errors)
        #expect(OpenSSHEnding(status, because: cause, saying: report) == ending)
    }

    @Test(
        "what ssh says is told by its reason",
        arguments: [
            (
                "@@@@@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@@\nOffending key in /k:1\n"
                    + "Host key verification failed.\n",
                .hostKeyChanged,
                "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @; Offending key in /k:1; "
                    + "Host key verification failed.; another machine, or an attack; "
                    + "if the key was made anew, remove its line there"
            ),
            (
                "No ED25519 host key is known for 10.0.0.1 and you have requested strict checking.\r\n"
                    + "Host key verification failed.\r\n",
                .hostKeyUnknown,
                "No ED25519 host key is known for 10.0.0.1 and you have requested strict checking.; "
                    + "Host key verification failed.; add the key there if it is the host's"
            ),
            (
                "me@10.0.0.1: Permission denied (publickey).\n", .authenticationRefused,
                "me@10.0.0.1: Permission denied (publickey).; has the agent it?"
            ),
            (
                "ssh: Could not resolve hostname x: Name or service not known\n", .hostNameUnknown,
                "ssh: Could not resolve hostname x: Name or service not known"
            ),
            (
                "ssh: connect to host 10.0.0.1 port 22: Connection timed out\n", .timedOut,
                "ssh: connect to host 10.0.0.1 port 22: Connection timed out; "
                    + "is the address right and the port open?"
            ),
            (
                "ssh: connect to host 10.0.0.1 port 22: No route to host\n", .unreachable,
                "ssh: connect to host 10.0.0.1 port 22: No route to host"
            ),
            (
                "kex_exchange_identification: Connection closed by remote host\n", .dropped,
                "kex_exchange_identification: Connection closed by remote host"
            ),
            ("", .failed, "ssh said nothing"),
        ] as [(String, SSHError.Reason, String)]
    )
    func failure(said: String, reason: SSHError.Reason, message: String) {
        let failure = OpenSSHFailure(said, key: "has the agent it?")
        #expect(failure.reason == reason)
        #expect(failure.message == message)
    }

    @Test("sockets lie where their names are short, in a folder that is this user's alone")
    func folder() throws {
        #expect(ControlFolder.path(runtime: "/run/user/7", user: 7) == "/run/user/7/prov-ssh")
        for runtime in [nil, "", "run", "/" + String(repeating: "x", count: 40)] {
            #expect(ControlFolder.path(runtime: runtime, user: 7) == "/tmp/prov-ssh-7")
        }
        let folder = try TemporaryFolder()
        let own = folder.path + "/own"
        let first = try ControlFolder.socket(in: own)
        #expect(first.hasPrefix(own + "/"))
        #expect(try ControlFolder.socket(in: own) != first)
        chmod(own, 0o750)
        let file = try folder.write("", to: "file")
        symlink(own, folder.path + "/link")
        for path in [own, file, folder.path + "/link"] {
            #expect(throws: ControlFolder.Foreign.self) { try ControlFolder.socket(in: path) }
            // Whoever takes the name first stops nobody.
            let socket = try ControlFolder.socket(sharing: path)
            #expect(socket.hasPrefix("/tmp/prov-ssh-") && socket.utf8.count < 80)
            let place = socket.split(separator: "/").dropLast().map { "/\($0)" }.joined()
            var facts = stat()
            #expect(stat(place, &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o700 && facts.st_uid == geteuid())
        }
        let shared = try ControlFolder.socket(sharing: folder.path + "/shared")
        #expect(shared.hasPrefix(folder.path + "/shared/"))
    }
}
