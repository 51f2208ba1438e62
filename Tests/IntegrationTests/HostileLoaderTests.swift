import Deployment
import DeploymentState
import Foundation
import Testing

/// A client that somebody else has made his own, on a real machine of this host.
@Suite(
    "A hostile client on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(8))
)
struct HostileLoaderTests {
    @Test("whose files have no end fails its trial soon, and leaves nothing on this disk")
    func endless() async throws {
        try await TrialRig.with("rig-hostile", clients: 1) { rig in
            try await rig.populate()
            try await rig.run(Self.wrapper, on: rig.deployment.clients)
            let stress = Stress(
                "mixed",
                operationsPerSecond: 1_000,
                for: .seconds(2),
                writeFraction: 0.1,
                on: rig.content
            )
            let failure = await #expect(throws: TrialError.self) {
                _ = try await rig.measure("hostile", stress, ValidityLimits()) { run in
                    try await run()
                }
            }
            let error = try #require(failure)
            let first = try #require(error.reasons.first)
            #expect(first.contains("is a symbolic link, not a regular file"), "\(first)")
            #expect(first.contains("/output.log\" to "), "\(first)")
            let files = try Files.list(error.directory + "/stress/mixed/client-0")
            #expect(Set(files).isSubset(of: ["live.log"]), "\(files)")
        }
    }

    /// Runs the real tool, and then puts in place of what it wrote what has no end.
    private static let wrapper = #"""
        mv /opt/prov/bench /opt/prov/bench.real
        cat >/opt/prov/bench <<'END'
        #!/bin/bash
        /opt/prov/bench.real "$@"
        while [ $# -gt 0 ]; do
            case $1 in
                --log) rm -f "$2"; mkfifo "$2"; ln -sf /dev/zero "$(dirname "$2")/output.log" ;;
                --result) ln -sf /dev/zero "$2" ;;
            esac
            shift
        done
        END
        chmod 0755 /opt/prov/bench
        """#
}
