import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("A variant", .timeLimit(.minutes(1)))
struct ApplyVariantTests {
    private static let script = "sudo -n bash -euo pipefail -s --"

    private static func answer(_ call: RemoteCall) -> RemoteResult {
        switch call.shown {
        case "mktemp --directory /tmp/prov-XXXXXXXXXXXX": RemoteResult(output: "/tmp/prov-1\n")
        case let shown where shown.hasPrefix("sudo -n stat "):
            RemoteResult(output: "redis:redis 0640\n")
        case let shown where shown.hasPrefix("dpkg-divert"):
            RemoteResult(output: "/usr/bin/redis-server.packaged\n")
        default: RemoteResult()
        }
    }

    /// The calls of a server that gets a variant, without those of staging folders.
    private static func calls(
        _ variant: Variant,
        over other: Variant
    ) async throws -> (shown: [String], uploads: [[UInt8]], written: String) {
        var all: (shown: [String], uploads: [[UInt8]], written: String) = ([], [], "")
        try await withScripted(["server-0"]) { _, call in
            answer(call)
        } _: { deployment, remotes in
            try await deployment.applyVariant(variant, over: other)
            all.shown = remotes[0].called.map(\.shown).filter {
                !$0.contains("/tmp/prov-1") || $0.contains("<<<")
            }
            .filter { !$0.hasPrefix("mktemp") }
            all.uploads = remotes[0].uploaded
            all.written =
                remotes[0].called.last { $0.shown == "write /etc/redis/redis.conf" }?.input ?? ""
        }
        return all
    }

    @Test(
        "has its files in place before its settings are tried under its build, and all before the start"
    )
    func all() async throws {
        let own = try OwnBuild(try executable(), from: "b.deb")
        let file = VariantFile(Array("text".utf8), to: "/etc/x")
        let calls = try await Self.calls(
            Variant(settings: ["hz": "50"], build: .own(own), files: [file]),
            over: Variant(settings: ["io-threads": "4"])
        )
        let kept = "/var/lib/prov/builds/\(own.digest)/redis-server"
        let key = String(file.kept.suffix(64))
        #expect(
            calls.shown == [
                "\(Self.script) /var/lib/prov/variant-files \(key) "
                    + "<<< put back what files of variants replaced",
                "\(Self.script) /tmp/prov-1/0 /etc/x \(file.kept) 0644 "
                    + "<<< put a variant's file in its place",
                "\(Self.script) \(own.digest) \(kept) <<< look for a build",
                "sudo -n cat /etc/redis/redis.conf",
                "try the redis configuration",
                "\(Self.script) /usr/bin/redis-server \(kept) "
                    + "<<< put a build in the place of the packaged executable",
                "sudo -n stat --format '%U:%G 0%a' /etc/redis/redis.conf",
                "write /etc/redis/redis.conf",
            ]
        )
        #expect(calls.uploads == [Array("text".utf8)])
        #expect(calls.written.contains("hz 50\n"))
        #expect(!calls.written.contains("io-threads"))
    }

    @Test("without build and files takes back those of the other")
    func other() async throws {
        let own = try OwnBuild(try executable(), from: "b.deb")
        let file = VariantFile([], to: "/etc/x")
        let calls = try await Self.calls(
            Variant(),
            over: Variant(settings: [:], build: .own(own), files: [file])
        )
        #expect(
            calls.shown.filter { $0.contains("<<<") } == [
                "\(Self.script) /var/lib/prov/variant-files "
                    + "<<< put back what files of variants replaced",
                "\(Self.script) /usr/bin/redis-server <<< put the packaged executable back",
            ]
        )
        #expect(calls.uploads == [])
    }

    @Test("of settings alone leaves the installed build as it is")
    func settingsAlone() async throws {
        let calls = try await Self.calls(
            Variant(settings: ["hz": "50"]),
            over: Variant(settings: ["hz": "20"])
        )
        #expect(
            calls.shown.filter { $0.contains("<<<") } == [
                "\(Self.script) /var/lib/prov/variant-files "
                    + "<<< put back what files of variants replaced"
            ]
        )
    }

    @Test("leaves neither build nor files behind, whether the work ends well or is interrupted")
    func takenBack() async throws {
        let own = try OwnBuild(try executable(), from: "b.deb")
        let variants = [Variant(build: .own(own)), Variant(files: [VariantFile([], to: "/etc/x")])]
        let expected = [
            "\(Self.script) /var/lib/prov/variant-files "
                + "<<< put back what files of variants replaced",
            "\(Self.script) /usr/bin/redis-server <<< put the packaged executable back",
        ]
        try await withScripted(["server-0"]) { deployment, remotes in
            let value = try await deployment.takingBack(variants) { 7 }
            #expect(value == 7)
            #expect(remotes[0].called.map(\.shown) == expected)
        }
        try await withScripted(["server-0"]) { deployment, remotes in
            let task = Task {
                try await deployment.takingBack(variants) {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try Task.checkCancellation()
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(remotes[0].called.map(\.shown) == expected)
        }
        try await withScripted(["server-0"]) { deployment, remotes in
            try await deployment.takingBack([Variant(settings: ["hz": "1"])]) {}
            #expect(remotes[0].called == [])
        }
    }

    @Test("is tried by every server before the first trial, and nothing in use is changed")
    func tried() async throws {
        try await withScripted(["server-0"]) { _, call in
            call.name == "try the redis configuration"
                ? RemoteResult(errors: "Bad directive\n", status: .exited(1)) : Self.answer(call)
        } _: { deployment, remotes in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.tryVariant(Variant(settings: ["hzz": "1"]), over: Variant())
            }
            let said = try #require(error)
            #expect("\(said)".hasSuffix("Bad directive"))
            #expect(
                remotes[0].called.map(\.shown) == [
                    "sudo -n cat /etc/redis/redis.conf", "try the redis configuration",
                ]
            )
        }
    }

    @Test("may not replace what the deployment writes, and its files must be there")
    func taken() async throws {
        try await withBuildFolder { folder in
            try Files.write("x", to: folder + "/x", durably: false)
            try await withScripted(["server-0"]) { deployment, remotes in
                func problem(_ path: String, _ local: String) async -> String {
                    let error = await #expect(throws: VariantFileError.self) {
                        try await deployment.variant(
                            settings: [:],
                            build: nil,
                            files: [path: local]
                        )
                    }
                    return error?.description ?? ""
                }
                #expect(
                    await problem("/etc/redis/redis.conf", folder + "/x")
                        == "a variant's file cannot be /etc/redis/redis.conf: give what differs as settings"
                )
                #expect(
                    await problem("/usr/bin/redis-server", folder + "/x")
                        == "a variant's file cannot be /usr/bin/redis-server: give it as the variant's build"
                )
                #expect(
                    await problem("/etc/x", folder + "/y").hasPrefix(
                        "\(folder)/y: cannot be read: "
                    )
                )
                let variant = try await deployment.variant(
                    settings: [:],
                    build: "packaged",
                    files: ["/etc/x": folder + "/x"]
                )
                #expect(
                    variant.conditions == [
                        "build": "packaged",
                        "file /etc/x":
                            "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
                    ]
                )
                #expect(remotes[0].called == [])
            }
        }
    }
}
