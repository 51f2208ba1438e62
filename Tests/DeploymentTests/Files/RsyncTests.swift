import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

@Suite("Folders by rsync")
struct RsyncTests {
    private static let line = OpenSSHCommandLine(
        node: "server-0",
        configFile: "/d/it's 1/ssh_config",
        knownHostsFile: "/d/it's 1/known_hosts",
        socket: "none"
    )

    @Test("no name is a word of rsync's, and ssh is as strict as ever")
    func process() throws {
        let copy = DirectoryCopy(
            direction: .download(bytes: 1 << 20, entries: 7),
            local: "-x y",
            remote: "/a:b/it's",
            isRoot: true,
            isMirror: true,
            timeLimit: .seconds(9)
        )
        let process = Rsync(node: "server-0", line: Self.line, keyHint: "").process(copy)
        #expect(process.directory == "-x y")
        #expect(process.timeLimit == .seconds(9))
        #expect(process.endsWithUs)
        let words = process.arguments
        #expect(words.dropFirst(2).prefix(2) == ["rsync", "1025"])
        #expect(words.suffix(3) == ["--", "server-0:./", "./"])
        #expect(words.contains("--delete") && words.contains("--no-links"))
        let shell = try #require(words.firstIndex(of: "--rsh"))
        #expect(words[shell + 1].hasPrefix("'ssh' '-F' '/d/it''s 1/ssh_config' '-T' '-a' '-x' "))
        #expect(words[shell + 1].contains(" '-o' 'StrictHostKeyChecking=yes' "))
        #expect(
            words[shell + 1].contains(" '-o' 'UserKnownHostsFile=\"/d/it''s 1/known_hosts\"' ")
        )
        #expect(words[shell + 1].hasSuffix(" '--'"))
        let program = try #require(words.firstIndex(of: "--rsync-path"))
        #expect(
            words[program + 1] == #"""
                sudo -n sh -c 'unset CDPATH; cd -- "$1" && shift && exec rsync "$@"' rsync '/a:b/it'\''s'
                """#
        )
    }

    @Test("a node without rsync is told before any node is changed")
    func missing() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-folders")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try await withScripted(
            ["server-0", "server-1"],
            answer: { node, call in
                let lacks = node == "server-1" && call.title.hasPrefix("look for")
                return RemoteResult(status: .exited(lacks ? 66 : 0))
            }
        ) { deployment, remotes in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.uploadDirectory(folder, to: "/x", on: deployment.servers)
            }
            #expect(
                error?.description == """
                    1 of 2 nodes failed
                    server-1: upload "\(folder)" to "/x": there is no rsync on the node: \
                    apt-get install rsync, or image_packages: [rsync] on prov/local
                    """
            )
            #expect(remotes.map(\.called.count) == [1, 1])
            #expect(remotes.allSatisfy { $0.copied.isEmpty })
        }
    }
}
