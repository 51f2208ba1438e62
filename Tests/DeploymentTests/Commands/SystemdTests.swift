import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("Systemd")
struct SystemdTests {
    /// Runs a script here in a shell whose `systemctl` says which process a unit is.
    private static func status(
        process: Int32,
        executable: String? = nil,
        file: URL,
        in folder: URL
    ) async throws -> Int32? {
        let functions = folder.appending(path: "functions")
        try "systemctl() { [ $3 = ControlGroup ] || echo \(process); }\n"
            .write(to: functions, atomically: true, encoding: .utf8)
        let call = Systemd.isUpToDate(
            "x.service",
            executable: executable,
            files: [file.path]
        )
        var environment = ProcessInfo.processInfo.environment
        environment["BASH_ENV"] = functions.path
        let outcome = try await LocalProcess(
            "/bin/sh",
            ["-c", String(call.command.text.trimmingPrefix("sudo -n "))],
            environment: environment,
            input: Array(call.input.utf8)
        )
        .run()
        guard case .exited(let status) = outcome.status else { return nil }
        return status
    }

    @Test("tells a configuration file that was changed since its process started")
    func upToDate() async throws {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let file = folder.appending(path: "conf")
        try "x".write(to: file, atomically: true, encoding: .utf8)
        func change(_ seconds: Double) throws {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: seconds)],
                ofItemAtPath: file.path
            )
        }
        let process = try ChildProcess(["sleep", "600"])
        try change(-100)
        #expect(try await Self.status(process: process.id, file: file, in: folder) == 0)
        // Another executable was put in the place of the one that runs, or the same one once more.
        for (source, expected) in [("/bin/true", Int32(3)), ("/bin/sleep", 0)] {
            let installed = folder.appending(path: "installed")
            try? FileManager.default.removeItem(at: installed)  // there is none the first time
            try FileManager.default.copyItem(
                at: URL(filePath: source).resolvingSymlinksInPath(),
                to: installed
            )
            let status = try await Self.status(
                process: process.id,
                executable: installed.path,
                file: file,
                in: folder
            )
            #expect(status == expected, "\(source)")
        }
        // Process 1 is older than this test.
        try change(-0.1)
        #expect(try await Self.status(process: 1, file: file, in: folder) == 3)
        try change(3_600)
        #expect(try await Self.status(process: 1, file: file, in: folder) == 0)
        #expect(try await Self.status(process: 0, file: file, in: folder) == 0)
    }

    @Test("starts a unit, and says what speaks for the reason if that fails")
    func start() {
        let logs = Systemd.start("x.service", logs: ["/var/log/x.log"])
        #expect(logs.command.text.hasSuffix(" x.service '' / /var/log/x.log"))
        let call = Systemd.start("x.service", port: 6_379, directory: "/var/lib/redis")
        #expect(
            call.command.text == "sudo -n bash -euo pipefail -s -- x.service 6379 /var/lib/redis"
        )
        #expect(
            call.input == """
                # start a unit
                ended() {
                    [ -n "$(systemctl show --property SourcePath --value "$1")" ] &&
                        [ "$(systemctl show --property SubState --value "$1")" = exited ]
                }
                ! ended "$1" || systemctl stop "$1"
                systemctl start "$1" && exit 0
                # Whatever cannot be asked must not hide what can.
                set +e
                {
                    echo "state: $(systemctl show --property ActiveState,SubState,Result,ExecMainStatus "$1" | paste -sd ' ')"
                    [ -z "$2" ] || ss -Hltnp "sport = :$2" | sed 's/^/port in use: /'
                    df --output=pcent,target / "$3" 2>/dev/null | sort -u | awk '$1 + 0 >= 95 { print "disk full: " $1 " of " $2 }'
                    journalctl --quiet --no-pager --dmesg --since -10min --grep 'oom-kill|Out of memory' --lines 2
                    journalctl --quiet --no-pager --output cat --lines 12 --unit "$1"
                    for log in "${@:4}"; do tail --quiet --lines 12 "$log" 2>/dev/null; done
                } >&2
                exit 1
                """
        )
    }

    @Test("tells a unit that has ended again, also one of an init script, from one that starts")
    func alive() async throws {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let functions = folder.appending(path: "functions")
        for (active, sub, source, isAlive) in [
            ("active", "running", "", true), ("activating", "start", "", true),
            ("active", "exited", "", true), ("active", "running", "/etc/init.d/x", true),
            ("active", "exited", "/etc/init.d/x", false), ("failed", "failed", "", false),
            ("inactive", "dead", "", false),
        ] {
            let text = """
                systemctl() {
                    case $3 in ActiveState) echo \(active) ;; SubState) echo \(sub) ;; SourcePath) echo '\(source)' ;;
                    *) echo "ActiveState=\(active)" ;; esac
                }
                journalctl() { echo "it said why"; }

                """
            try text.write(to: functions, atomically: true, encoding: .utf8)
            let call = Systemd.isAlive("x.service")
            var environment = ProcessInfo.processInfo.environment
            environment["BASH_ENV"] = functions.path
            let outcome = try await LocalProcess(
                "/bin/sh",
                ["-c", String(call.command.text.trimmingPrefix("sudo -n "))],
                environment: environment,
                input: Array(call.input.utf8)
            )
            .run()
            #expect(outcome.isSuccess == isAlive, "\(active) \(sub) \(source)")
            #expect(outcome.errorText.contains("it said why") != isAlive)
        }
    }
}
