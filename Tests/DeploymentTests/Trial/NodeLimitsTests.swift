import Foundation
import DeploymentState
import Shell
import Testing

@testable import Deployment

/// The script that a node is asked with, run over files like those of kernels that it may meet.
@Suite("Limits of a node", .timeLimit(.minutes(1)))
struct NodeLimitsTests {
    /// What every kernel has.
    private static let proc = [
        "proc/uptime": "1000.25 1900.00\n",
        "proc/stat": "cpu  100 0 50 1800 20 0 5 25 0 0\ncpu0 50 0 25 900 10 0 2 12 0 0\n",
        "proc/vmstat": "nr_free_pages 7\noom_kill 4\n",
    ]

    private func moment(
        _ files: [String: String],
        isContainer: Bool = false
    ) async throws -> NodeMoment {
        let root = try Files.makeTemporaryDirectory("prov-node")
        defer { try? Files.remove(root) }  // else the system's cleaning
        for (path, text) in Self.proc.merging(files, uniquingKeysWith: { $1 }) {
            let file = "\(root)/\(path)"
            try FileManager.default.createDirectory(
                atPath: Files.split(file).directory,
                withIntermediateDirectories: true
            )
            try Files.write(text, to: file, durably: false)
        }
        let call = NodeMoment.ask(unit: "", folders: [], root: root)
        let words = ["-euo", "pipefail", "-s", "--", root, "", "/"]
        let answer = try await LocalProcess(
            "bash",
            words,
            input: Array(
                "systemd-detect-virt() { \(isContainer); }\n\(call.input)".utf8
            ),
            timeLimit: .seconds(20)
        )
        .execute()
        return try #require(NodeMoment(answer.outputText), "\(answer.outputText)")
    }

    @Test("come from the root of the tree of control groups of version 2, as a container sees it")
    func two() async throws {
        let moment = try await moment([
            "proc/1/cgroup": "0::/init.scope\n",
            "proc/pressure/memory":
                "some avg10=9.00 avg60=9.00 avg300=9.00 total=999999\n"
                + "full avg10=0.00 avg60=0.00 avg300=0.00 total=17\n",
            "sys/fs/cgroup/memory.pressure":
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=4242\n"
                + "full avg10=0.00 avg60=0.00 avg300=0.00 total=17\n",
            "sys/fs/cgroup/memory.events":
                "low 0\nhigh 3\nmax 12\noom 2\noom_kill 2\noom_group_kill 0\n",
            "sys/fs/cgroup/memory.max": "268435456\n",
            "sys/fs/cgroup/cpu.max": "50000 100000\n",
        ])
        #expect(moment.memoryLimit == 268_435_456)
        #expect(moment.processorLimit == 0.5)
        #expect(moment.memoryKills == 2)
        #expect(!moment.countsOthersMemoryKills)
        #expect(moment.memoryStall == 4_242)
        #expect(!moment.countsOthersMemoryStall)
        #expect(moment.uptime == 1_000.25)
        #expect(moment.ticks == 2_000)
        #expect(moment.stolenTicks == 25)
    }

    @Test("are none in version 2 where it says \"max\"")
    func unlimited() async throws {
        let moment = try await moment([
            "proc/1/cgroup": "0::/init.scope\n",
            "sys/fs/cgroup/memory.events": "oom_kill 0\n",
            "sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/cpu.max": "max 100000\n",
        ])
        #expect(moment.memoryLimit == nil)
        #expect(moment.processorLimit == nil)
        #expect(moment.memoryKills == 0)
        #expect(moment.memoryStall == nil)
    }

    @Test("come from the group of process 1 in version 1, with the kills in all groups below")
    func one() async throws {
        let memory = "sys/fs/cgroup/memory/prov/0a1b/server-0/machine"
        let processor = "sys/fs/cgroup/cpu/prov/0a1b/server-0/machine"
        let moment = try await moment([
            "proc/1/cgroup": """
            9:name=systemd:/prov/0a1b/server-0/machine/init.scope
            4:memory:/prov/0a1b/server-0/machine/init.scope
            3:cpu,cpuacct:/prov/0a1b/server-0/machine
            0::/prov/0a1b/server-0/machine/init.scope

            """,
            "\(memory)/memory.limit_in_bytes": "134217728\n",
            "\(memory)/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
            "\(memory)/system.slice/redis-server.service/memory.oom_control":
                "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
            "\(processor)/cpu.cfs_quota_us": "25000\n",
            "\(processor)/cpu.cfs_period_us": "100000\n",
        ])
        #expect(moment.memoryLimit == 134_217_728)
        #expect(moment.processorLimit == 0.25)
        #expect(moment.memoryKills == 3)
        #expect(!moment.countsOthersMemoryKills)
    }

    @Test("come from the root of version 1 in a container that sees only its own group")
    func oneAtRoot() async throws {
        let files = [
            "proc/1/cgroup": "9:name=systemd:/init.scope\n4:memory:/\n1:cpu:/\n0::/init.scope\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "134217728\n",
            "sys/fs/cgroup/memory/memory.oom_control":
                "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
        ]
        let inside = try await moment(files, isContainer: true)
        #expect(inside.memoryLimit == 134_217_728)
        #expect(inside.memoryKills == 3)
        #expect(!inside.countsOthersMemoryKills)
        // The same files on a host are those of the whole host, which the kernel counts elsewhere.
        let host = try await moment(files)
        #expect(host.memoryLimit == nil)
        #expect(host.memoryKills == 4)
    }

    @Test("count ticks beyond 32 bits, as a machine of many processors has after some days")
    func manyTicks() async throws {
        let moment = try await moment([
            "proc/1/cgroup": "0::/init.scope\n",
            "proc/stat": "cpu  9000000000 0 1 0 0 0 0 7000000000 0 0\n",
        ])
        #expect(moment.ticks == 16_000_000_001)
        #expect(moment.stolenTicks == 7_000_000_000)
    }

    @Test("are none on a whole machine, whose kills the kernel counts")
    func host() async throws {
        let moment = try await moment([
            "proc/1/cgroup": "0::/init.scope\n", "sys/fs/cgroup/cgroup.procs": "1\n",
        ])
        #expect(moment.memoryLimit == nil)
        #expect(moment.processorLimit == nil)
        #expect(moment.memoryKills == 4)
    }
}
