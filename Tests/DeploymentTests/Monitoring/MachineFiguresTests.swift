import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// The unit's script, run over files like those of kernels that it may meet.
@Suite("A machine's own figures", .timeLimit(.minutes(1)))
struct MachineFiguresTests {
    /// What the script wrote, without its remarks: the values by their names.
    private func figures(_ files: [String: String]) async throws -> [String: String] {
        let root = try Files.makeTemporaryDirectory("prov-machine")
        defer { try? Files.remove(root) }  // else the system's cleaning
        for (path, text) in files {
            let file = "\(root)/\(path)"
            try FileManager.default.createDirectory(
                atPath: Files.split(file).directory,
                withIntermediateDirectories: true
            )
            try Files.write(text, to: file, durably: false)
        }
        try Files.makeDirectory(root + "/metrics")
        let outcome = try await LocalProcess(
            "bash",
            ["-c", MachineFigures.script, "machine-figures", root, root + "/metrics", "once"],
            timeLimit: .seconds(20)
        )
        .execute()
        #expect(outcome.errorText == "")
        #expect(try Files.list(root + "/metrics") == ["machine.prom"])
        let lines = try Files.read(root + "/metrics/machine.prom").split(separator: "\n")
        var figures: [String: String] = [:]
        for line in lines where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            try #require(words.count == 2 && words[0].hasPrefix("prov_machine_"), "\(line)")
            let name = String(words[0].dropFirst("prov_machine_".count))
            let kind = name.hasSuffix("_total") ? "counter" : "gauge"
            #expect(lines.contains("# TYPE prov_machine_\(name) \(kind)"))
            #expect(figures.updateValue(String(words[1]), forKey: name) == nil, "twice: \(name)")
        }
        return figures
    }

    private func pressure(_ some: Int, _ full: Int) -> String {
        "some avg10=1.00 avg60=2.00 avg300=3.00 total=\(some)\n"
            + "full avg10=0.00 avg60=0.00 avg300=0.00 total=\(full)\n"
    }

    @Test("come from one folder in version 2")
    func two() async throws {
        let top = "sys/fs/cgroup"
        let figures = try await figures([
            "proc/1/cgroup": "0::/init.scope\n",
            "\(top)/cgroup.controllers": "cpu io memory\n",
            "\(top)/cpu.stat":
                "usage_usec 61000007\nuser_usec 1\nsystem_usec 2\nnr_throttled 3\nthrottled_usec 2500000\n",
            "\(top)/memory.current": "300000000\n", "\(top)/memory.max": "536870912\n",
            "\(top)/memory.stat": "anon 1\ninactive_file 100000000\nfile 2\n",
            "\(top)/memory.events": "low 0\noom 9\noom_kill 2\noom_group_kill 0\n",
            "\(top)/cpu.pressure": pressure(4_000_000, 1),
            "\(top)/memory.pressure": pressure(5, 6), "\(top)/io.pressure": pressure(7, 8),
        ])
        #expect(
            figures == [
                "cpu_seconds_total": "61.000007", "cpu_throttled_seconds_total": "2.500000",
                "memory_bytes": "300000000", "memory_working_bytes": "200000000",
                "memory_limit_bytes": "536870912", "memory_kills_total": "2",
                "pressure_cpu_waiting_seconds_total": "4.000000",
                "pressure_cpu_stalled_seconds_total": "0.000001",
                "pressure_memory_waiting_seconds_total": "0.000005",
                "pressure_memory_stalled_seconds_total": "0.000006",
                "pressure_io_waiting_seconds_total": "0.000007",
                "pressure_io_stalled_seconds_total": "0.000008",
            ]
        )
    }

    @Test("come from two trees where version 1 limits, and from the machine's own groups alone")
    func one() async throws {
        let top = "sys/fs/cgroup"
        let figures = try await figures([
            "proc/1/cgroup":
                "9:name=systemd:/init.scope\n4:memory:/\n2:cpuacct:/\n1:cpu,x:/prov/0a/server-0\n0::/init.scope\n",
            "\(top)/unified/cgroup.controllers": "",
            "\(top)/unified/cpu.stat": "usage_usec 350950\nuser_usec 186882\n",
            "\(top)/unified/cpu.pressure": pressure(1_070_000, 940_000),
            "\(top)/cpu,x/cpu.stat": "nr_throttled 999\nthrottled_time 999999999999\n",
            "\(top)/cpu/cpu.stat": "nr_throttled 999\nthrottled_time 999999999999\n",
            "\(top)/cpu/prov/0a/server-0/cpu.stat":
                "nr_periods 7\nnr_throttled 3\nthrottled_time 12000000034\n",
            "\(top)/memory/memory.usage_in_bytes": "31756288\n",
            "\(top)/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "\(top)/memory/memory.stat":
                "inactive_file 1\nhierarchical_memory_limit 5\ntotal_inactive_file 17158144\n",
            "\(top)/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        ])
        #expect(
            figures == [
                "cpu_seconds_total": "0.350950", "cpu_throttled_seconds_total": "12.000000034",
                "memory_bytes": "31756288", "memory_working_bytes": "14598144",
                "memory_kills_total": "1",
                "pressure_cpu_waiting_seconds_total": "1.070000",
                "pressure_cpu_stalled_seconds_total": "0.940000",
            ]
        )
    }

    @Test("have none of the host's where version 1 gives an unlimited machine no group of its own")
    func unlimited() async throws {
        let top = "sys/fs/cgroup"
        let figures = try await figures([
            "proc/1/cgroup": "2:cpuacct:/\n1:cpu:/\n0::/init.scope\n",
            "\(top)/unified/cgroup.controllers": "",
            "\(top)/unified/cpu.stat": "usage_usec 350950\n",
            "\(top)/cpu/cpu.stat": "nr_throttled 999\nthrottled_time 999999999999\n",
        ])
        #expect(figures == ["cpu_seconds_total": "0.350950"])
    }

    @Test("are left out where the kernel has none, and the file is there all the same")
    func none() async throws {
        let figures = try await figures([
            "sys/fs/cgroup/cgroup.controllers": "",
            "sys/fs/cgroup/memory.current": "5\n", "sys/fs/cgroup/memory.max": "max\n",
        ])
        #expect(
            figures == [
                "memory_bytes": "5", "memory_working_bytes": "5", "memory_kills_total": "0",
            ]
        )
    }

    @Test("are written on every machine by a unit that systemd starts in containers alone")
    func installed() async throws {
        try Golden.expect(
            MachineFigures.start,
            is: "machine-figures-start.bash",
            MachineFigures.unit
        )
        try Golden.expect(text: MachineFigures.script, is: "machine-figures.bash")
        let unit = try #require(MachineFigures.files.last)
        #expect(unit.text.contains("\nConditionVirtualization=container\n"))
        try await withScripted(["server-0", "client-0"]) { deployment, all in
            try await deployment.installMonitoring()
            for remote in all {
                let inputs = remote.called.map(\.input)
                for file in MachineFigures.files { #expect(inputs.contains(file.text)) }
                let exporter = Prometheus.nodeExporterFile(for: remote.node).text
                let started = try #require(inputs.firstIndex(of: MachineFigures.start.input))
                #expect(try #require(inputs.firstIndex(of: exporter)) > started)
                #expect(exporter.contains(" --collector.textfile.directory=/run/prov-metrics "))
            }
        }
    }
}
