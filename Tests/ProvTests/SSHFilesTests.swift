import DeploymentState
import Shell
import Testing
import Usage

@testable import Prov

@Suite("SSHFiles", .timeLimit(.minutes(1)))
struct SSHFilesTests {
    private func nodes() throws -> [Node] {
        let first = Node(
            name: "server-0",
            publicIP: "198.18.0.1",
            privateIP: "10.0.0.1",
            user: "root",
            hostKey: "ssh-ed25519 AAAA"
        )
        let second = Node(
            name: "client-0",
            publicIP: "198.18.0.2",
            privateIP: "10.0.0.2",
            user: "prov",
            port: 2222,
            hostKey: "ssh-ed25519 BBBB"
        )
        return try [#require(first), #require(second)]
    }

    @Test("writes each host key under address and name, with a port that is not 22")
    func knownHosts() throws {
        #expect(
            SSHFiles.knownHosts(for: try nodes())
                == "198.18.0.1,server-0 ssh-ed25519 AAAA\n"
                + "[198.18.0.2]:2222,client-0 ssh-ed25519 BBBB\n"
        )
    }

    @Test("OpenSSH reads the config as it is meant, whatever the folder is called")
    func config() async throws {
        try await withTemporaryDirectory { folder in
            let text = SSHFiles.config(
                for: try nodes(),
                identityFile: "/a b/100%/id",
                knownHostsFile: "/a b/100%/known_hosts"
            )
            try Files.write(text, to: "\(folder)/ssh_config")
            let outcome = try await LocalProcess(
                "ssh",
                ["-G", "-F", "\(folder)/ssh_config", "client-0"]
            ).execute()
            let lines = Set(outcome.outputText.split(separator: "\n").map(String.init))
            let expected = [
                "hostname 198.18.0.2", "user prov", "port 2222", "identitiesonly yes",
                "stricthostkeychecking true", "forwardagent no", "connecttimeout 10",
                "hashknownhosts no",
            ]
            for line in expected { #expect(lines.contains(line), "\(line)") }
            #expect(lines.contains { $0.hasPrefix("identityfile ") && $0.contains("/a b/100%") })
        }
    }

    @Test("takes the best of the keys that a machine shows")
    func bestKey() {
        let text = "# x:22 SSH\nx ssh-rsa R\nx ecdsa-sha2-nistp256 E\nx ssh-ed25519 D\n"
        func best(_ text: String) -> String? { HostKeyScan.best(of: HostKeyScan.keys(in: text)) }
        #expect(best(text) == "ssh-ed25519 D")
        #expect(best("x ssh-rsa R") == "ssh-rsa R")
        #expect(best("# nothing\n") == nil)
    }
}

@Suite("SSH")
struct SSHTests {
    @Test(
        "finds the node among ssh's options, as rsync and scp give them",
        arguments: [
            ("server-0", "server-0"), ("server-0 uptime -p", "server-0"),
            ("-l root server-0 rsync --server", "server-0"), ("-lroot server-0", "server-0"),
            ("-4vp 22 server-0", "server-0"), ("-oBatchMode=yes -t server-0", "server-0"),
            ("root@server-0 ls", "server-0"), ("-- server-0", "server-0"), ("-v", nil),
            ("-p 22", nil),
        ] as [(String, String?)]
    )
    func destination(words: String, expected: String?) {
        #expect(SSH.destination(in: words.split(separator: " ").map(String.init)) == expected)
    }

    @Test("tells in its help what NODE is, and what may stand around it")
    func help() {
        #expect(
            SSH.usage.help == """
                Logs in to a node, or runs a command there.

                usage: prov ssh NAME [SSH-OPTION…] NODE [COMMAND…]

                  NAME        the deployment, or the path of its state directory
                  SSH-OPTION  an option of ssh, such as -v or -L 9090:localhost:9090
                  NODE        the node, such as server-0; "prov status NAME" lists them
                  COMMAND     what runs there; a shell if there is none
                  --help      print this and exit

                example: prov ssh demo server-0 uptime
                """
        )
    }
}
