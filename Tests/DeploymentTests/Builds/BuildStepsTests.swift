import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// The remote shell text of builds, as it is sent, and as it runs here with a `dpkg-divert` whose
/// database is the test's.
@Suite("Steps of a build", .timeLimit(.minutes(1)))
struct BuildStepsTests {
    private static let steps = BuildSteps(path: "/usr/bin/redis-server", unit: "redis.service")

    @Test("are these texts")
    func texts() throws {
        let build = try OwnBuild(try executable(), from: "/x/redis 8.deb")
        let kept = "/var/lib/prov/builds/\(build.digest)/redis-server"
        try Golden.expect(Self.steps.has(build), is: "build-look.bash", "\(build.digest) \(kept)")
        try Golden.expect(
            Self.steps.keep("/tmp/x/executable", of: build),
            is: "build-keep.bash",
            "/tmp/x/executable \(kept) 'redis 8.deb'"
        )
        try Golden.expect(
            Self.steps.install(build),
            is: "build-install.bash",
            "/usr/bin/redis-server \(kept)"
        )
        try Golden.expect(Self.steps.putBack, is: "build-put-back.bash", "/usr/bin/redis-server")
        try Golden.expect(
            Self.steps.ask,
            is: "build-ask.bash",
            "/usr/bin/redis-server redis.service"
        )
        #expect(
            Self.steps.findPackaged.command.text == "dpkg-divert --truename /usr/bin/redis-server"
        )
        #expect(BuildSteps.machine.command.text == "uname -m")
    }

    /// A place with a link to an executable, as Debian's package of Redis has it, and two builds.
    private struct Place {
        let folder: String
        let steps: BuildSteps
        let builds: [OwnBuild]

        init(in folder: String) async throws {
            self.folder = folder
            steps = BuildSteps(path: folder + "/bin/server", unit: "x.service")
            builds = try ["1", "2"].map { rest in
                try OwnBuild(try executable(and: rest), from: "build-\(rest).deb")
            }
            try Files.makeDirectory(folder + "/bin")
            try Files.makeDirectory(folder + "/admin")
            try Files.write("", to: folder + "/admin/status", durably: false)
            try Files.write(try executable(), to: folder + "/bin/real", durably: false)
            try FileManager.default.createSymbolicLink(
                atPath: steps.path,
                withDestinationPath: "real"
            )
            for build in builds {
                try Files.write(build.executable, to: folder + "/staged", durably: false)
                try await run(steps.keep(folder + "/staged", of: build))
            }
        }

        /// Runs a call here as this user, with what is kept on a server in a folder of the test's.
        @discardableResult
        func run(_ call: RemoteCall, before script: String = "") async throws -> String {
            let functions = """
                dpkg-divert() { command dpkg-divert --admindir '\(folder)/admin' "$@"; }
                systemctl() { echo 0; }
                \(script)

                """
            try Files.write(functions, to: folder + "/functions", durably: false)
            var environment = ProcessInfo.processInfo.environment
            environment["BASH_ENV"] = folder + "/functions"
            let text = String(call.command.text.trimmingPrefix("sudo -n "))
                .replacing(BuildSteps.folder, with: folder + "/kept")
            return try await LocalProcess(
                "/bin/sh",
                ["-c", text],
                environment: environment,
                input: Array(call.input.utf8),
                timeLimit: .seconds(30)
            )
            .execute().outputText
        }

        func installed() throws -> [UInt8] { try Files.bytes(of: steps.path) }

        /// The names beside the place.
        func names() throws -> [String] { try Files.list(folder + "/bin").sorted() }
    }

    @Test("go to one build and another and back to the package's file, which is as it was")
    func toAndFro() async throws {
        try await withBuildFolder { folder in
            let place = try await Place(in: folder)
            for _ in 0..<2 {
                for build in place.builds + [place.builds[1]] {
                    try await place.run(place.steps.install(build))
                    #expect(try place.installed() == build.executable)
                    #expect(try place.names() == ["real", "server", "server.packaged"])
                    let asked = try await place.run(place.steps.ask)
                    #expect(asked == "installed=\(build.digest)\ndiverted=yes\n")
                }
                try await place.run(place.steps.putBack)
                try await place.run(place.steps.putBack)
                #expect(try place.names() == ["real", "server"])
                let link = try FileManager.default.destinationOfSymbolicLink(
                    atPath: place.steps.path
                )
                #expect(link == "real")
                let asked = try await place.run(place.steps.ask)
                #expect(!asked.contains("diverted"))
            }
        }
    }

    @Test(
        "can be called again wherever they were cut short, and the place is never empty",
        arguments: ["cp", "dpkg-divert", "touch", "install", "mv", "rm"]
    )
    func cutShort(at command: String) async throws {
        try await withBuildFolder { folder in
            let place = try await Place(in: folder)
            let packaged = try executable()
            // Ends the shell before or behind the command, as kill -9 does.
            for cut in ["kill -9 $$", "command \(command) \"$@\"; kill -9 $$"] {
                let admin =
                    command == "dpkg-divert"
                    ? cut.replacing("\"$@\"", with: "--admindir '\(folder)/admin' \"$@\"") : cut
                let killer =
                    "\(command)() { case \"$*\" in *--truename*) command \(command) "
                    + "--admindir '\(folder)/admin' \"$@\";; *) \(admin);; esac; }"
                for call in [place.steps.install(place.builds[0]), place.steps.putBack] {
                    _ = try? await place.run(call, before: killer)  // it may be killed, or not
                    let now = try place.installed()
                    #expect(now == place.builds[0].executable || now == packaged)
                    try await place.run(call)
                    let isInstalled = call != place.steps.putBack
                    let expected = isInstalled ? place.builds[0].executable : packaged
                    #expect(try place.installed() == expected)
                }
                #expect(try place.names() == ["real", "server"])
            }
        }
    }

    @Test("leave a diversion of somebody else alone")
    func foreign() async throws {
        try await withBuildFolder { folder in
            let place = try await Place(in: folder)
            try await place.run(
                .script(
                    "dpkg-divert --quiet --package other --no-rename --divert \"$1.other\" --add \"$1\"",
                    arguments: [.plain(place.steps.path)]
                )
            )
            let error = await #expect(throws: LocalProcessError.self) {
                try await place.run(place.steps.install(place.builds[0]))
            }
            #expect("\(try #require(error))".contains("is diverted already, by other: remove"))
            #expect(try place.names() == ["real", "server"])
        }
    }

    @Test("keep the eight builds that were asked for last, each with its name")
    func kept() async throws {
        try await withBuildFolder { folder in
            let place = try await Place(in: folder)
            let first = place.builds[0]
            for number in 3...12 {
                try await place.run(place.steps.install(first))
                let build = try OwnBuild(try executable(and: "\(number)"), from: "b\(number)")
                try Files.write(build.executable, to: folder + "/staged", durably: false)
                try await place.run(place.steps.keep(folder + "/staged", of: build))
            }
            let names = try Files.list(folder + "/kept")
            #expect(names.count == 16, "\(names)")
            try await place.run(place.steps.has(first))
            #expect(try Files.read("\(folder)/kept/\(first.digest).name") == "build-1.deb\n")
            await #expect(throws: LocalProcessError.self) {
                try await place.run(place.steps.has(place.builds[1]))
            }
        }
    }

    @Test("tell whether the build that was asked for runs")
    func differences() throws {
        let own = try OwnBuild(try executable(), from: "b")
        func problem(_ answer: String, _ build: Build) -> String? {
            BuildSteps.difference(answer, from: build)?.description
        }
        let remedy = "does another program install or start it?"
        #expect(problem("running=\(own.digest)\ninstalled=x\n", .own(own)) == nil)
        #expect(
            problem("running=ab\ninstalled=\(own.digest)\n", .own(own))
                == "runs sha256:ab, and not sha256:\(own.digest): \(remedy)"
        )
        #expect(
            problem("installed=x\n", .own(own))
                == "runs nothing, and not sha256:\(own.digest): \(remedy)"
        )
        #expect(problem("running=ab\ninstalled=ab\n", .packaged) == nil)
        for answer in ["running=ab\ninstalled=cd\n", "running=ab\ninstalled=ab\ndiverted=yes\n"] {
            #expect(
                problem(answer, .packaged) == "runs sha256:ab, and not packaged: \(remedy)"
            )
        }
    }
}
