import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

@Suite("Installing a build", .timeLimit(.minutes(1)))
struct InstallBuildTests {
    private static let conf = "bind 127.0.0.1\nport 6379\n"

    /// What a server answers on which a build that is not there yet can be installed.
    private static func answer(_ node: String, _ call: RemoteCall) -> RemoteResult {
        switch call.shown {
        case "uname -m": RemoteResult(output: "\(machine)\n")
        case "mktemp --directory /tmp/prov-XXXXXXXXXXXX": RemoteResult(output: "/tmp/prov-1\n")
        case "sudo -n cat /etc/redis/redis.conf": RemoteResult(output: configured(node))
        case "dpkg-divert --truename /usr/bin/redis-server":
            RemoteResult(output: "/usr/bin/redis-server.packaged\n")
        case let shown where shown.hasSuffix("look for a build"):
            RemoteResult(status: .exited(1))
        default: RemoteResult()
        }
    }

    private static let machine: String = {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: &name.machine) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }()

    /// The file as the deployment leaves it, so that no setting is changed.
    private static func configured(_ node: String) -> String {
        guard
            let made = try? Node.made(
                node,
                address: node == "server-0" ? "198.18.0.10" : "198.18.0.11"
            )
        else { return "" }
        return
            (try? RedisCluster().configuration(
                "/etc/redis/redis.conf",
                from: conf,
                for: made,
                in: [made],
                settings: [:]
            )) ?? ""
    }

    private static func withFile(
        _ bytes: [UInt8],
        _ body: (String) async throws -> Void
    ) async throws {
        try await withBuildFolder { folder in
            try Files.write(bytes, to: folder + "/mine", durably: false)
            try await body(folder + "/mine")
        }
    }

    /// The calls that change what a server runs or how it is configured.
    private static func changes(_ remotes: [ScriptedRemote]) -> [String] {
        remotes.flatMap { $0.called.map(\.shown) }.filter { shown in
            shown.hasPrefix("write ") || shown.contains("systemctl")
                || ["put a build", "put the packaged", "start a unit", "stop a unit"]
                    .contains { shown.contains("<<< \($0)") }
        }
    }

    @Test("copies it, tries it with the present configuration, and puts it in its place")
    func order() async throws {
        let bytes = try executable(and: "mine")
        let build = try OwnBuild(bytes, from: "/x/mine")
        try await Self.withFile(bytes) { path in
            try await withScripted(["server-0", "client-0"]) { node, call in
                Self.answer(node, call)
            } _: { deployment, remotes in
                try await deployment.installBuild(path)
                Self.expectInstalled(bytes, build.digest, remotes)
            }
        }
    }

    private static func expectInstalled(
        _ bytes: [UInt8],
        _ digest: String,
        _ remotes: [ScriptedRemote]
    ) {
        let kept = "/var/lib/prov/builds/\(digest)/redis-server"
        let script = "sudo -n bash -euo pipefail -s --"
        #expect(
            remotes[0].called.map(\.shown) == [
                "uname -m",
                "\(script) \(digest) \(kept) <<< look for a build",
                "mktemp --directory /tmp/prov-XXXXXXXXXXXX",
                "\(script) /tmp/prov-1/executable \(kept) mine <<< keep a build",
                "sudo -n rm --recursive --force -- /tmp/prov-1",
                "sudo -n cat /etc/redis/redis.conf",
                "try the redis configuration",
                "\(script) /usr/bin/redis-server \(kept) "
                    + "<<< put a build in the place of the packaged executable",
            ]
        )
        let tried = remotes[0].called.first { $0.name != nil }
        #expect(tried?.command.words.last == .plain(kept))
        #expect(tried?.input == configured("server-0"))
        #expect(remotes[0].uploaded == [bytes])
        #expect(remotes[1].called == [])
    }

    @Test("goes back to the package's, which is tried from where it lies")
    func back() async throws {
        try await withScripted(["server-0"]) { node, call in
            Self.answer(node, call)
        } _: { deployment, remotes in
            try await deployment.installBuild("packaged")
            #expect(
                remotes[0].called.map(\.shown) == [
                    "sudo -n cat /etc/redis/redis.conf",
                    "dpkg-divert --truename /usr/bin/redis-server",
                    "try the redis configuration",
                    "sudo -n bash -euo pipefail -s -- /usr/bin/redis-server "
                        + "<<< put the packaged executable back",
                ]
            )
            let tried = try #require(remotes[0].called.first { $0.name != nil })
            #expect(tried.command.words.last == .plain("/usr/bin/redis-server.packaged"))
        }
    }

    @Test("that does not start on one server changes nothing on any, and tells its own words")
    func doesNotStart() async throws {
        let said = "mine: error while loading shared libraries: libx.so.1\n"
        try await Self.withFile(try executable()) { path in
            try await withScripted(["server-0", "server-1"]) { node, call in
                node == "server-1" && call.name != nil
                    ? RemoteResult(errors: said, status: .exited(1)) : Self.answer(node, call)
            } _: { deployment, remotes in
                let error = await #expect(throws: FanOutError.self) {
                    try await deployment.installBuild(path)
                }
                #expect(
                    error?.description == """
                        1 of 2 nodes failed
                        server-1: exit status 1 from: try the redis configuration
                            mine: error while loading shared libraries: libx.so.1
                        """
                )
                #expect(Self.changes(remotes) == [])
            }
        }
    }

    @Test("for other machines is refused before anything is copied")
    func otherMachine() async throws {
        try await Self.withFile(try executable()) { path in
            try await withScripted(["server-0", "server-1"]) { node, call in
                node == "server-1" && call.shown == "uname -m"
                    ? RemoteResult(output: "sparc\n") : Self.answer(node, call)
            } _: { deployment, remotes in
                let error = await #expect(throws: FanOutError.self) {
                    try await deployment.installBuild(path)
                }
                #expect(
                    error?.description == """
                        1 of 2 nodes failed
                        server-1: mine is built for \(Self.machine), and this server is sparc: \
                        build it for sparc
                        """
                )
                #expect(remotes.flatMap(\.called).map(\.shown) == ["uname -m", "uname -m"])
                #expect(remotes.flatMap(\.uploaded) == [])
            }
        }
    }

    @Test("from a file that is not there, or for a system without a place, asks no node")
    func nothingAsked() async throws {
        try await withScripted(["server-0"]) { deployment, remotes in
            let error = await #expect(throws: BuildError.self) {
                try await deployment.installBuild("/nowhere/x.deb")
            }
            #expect(error == .noFile(path: "/nowhere/x.deb"))
            #expect(remotes[0].called == [])
        }
        let service = try Service(config: ServiceTests.config, at: "example")
        try await withScripted(["server-0"], system: service) { deployment, remotes in
            let error = await #expect(throws: BuildError.self) {
                try await deployment.installBuild("packaged")
            }
            #expect(
                error?.description
                    == "the executable of service is not known, so no build can stand in its place"
            )
            #expect(remotes[0].called == [])
        }
    }

    @Test("that is tried on this machine starts, or says why it does not")
    func tried() async throws {
        let conf = ["/etc/redis/redis.conf": "port 6379\n"]
        try await withBuildFolder { folder in
            try Files.write(
                try executable("/usr/bin/redis-server", and: "mine"),
                to: folder + "/mine",
                mode: 0o755,
                durably: false
            )
            let good = try await Tests.tried(conf, with: folder + "/mine")
            #expect(good.status == .exited(0), "\(good.errorText)")
            // `true` ends at once and says nothing, which is no Redis.
            let bad = try await Tests.tried(conf, with: "/bin/true")
            #expect(bad.status == .exited(1))
            let gone = try await Tests.tried(conf, with: folder + "/gone")
            #expect(gone.status == .exited(1))
            #expect(gone.errorText.contains("gone: No such file or directory"))
        }
    }

    private enum Tests {
        static func tried(_ files: [String: String], with executable: String) async throws
            -> Outcome
        {
            try await DeploymentTests.tried(files, by: RedisCluster(), with: executable).outcome
        }
    }
}
