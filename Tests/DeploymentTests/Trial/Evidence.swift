import Foundation
import LoadResult

@testable import Deployment

/// Evidence of a stress in which nothing went wrong, for tests that spoil one thing of it.
enum Evidence {
    /// A stress of 20,000/s for 30 s by two clients against one server.
    static let stress = Stress(
        "mixed",
        operationsPerSecond: 20_000,
        for: .seconds(30),
        writeFraction: 0.1,
        on: DatasetContent(keyCount: 500_000, valueBytes: 100)
    )

    static func result(part: Int) -> LoadResult {
        LoadResult(
            ending: .complete,
            version: "0.1.0",
            part: part,
            parts: 2,
            rate: 20_000,
            duration: 30_000_000_000,
            start: 1_795_219_200_000_000_000,
            firstKey: 0,
            keys: 500_000,
            distribution: "uniform",
            writeFraction: 0.1,
            valueSize: 100,
            connections: 24,
            threads: 1,
            seed: part,
            timeout: 10_000_000_000,
            maxOutstanding: 1_000_000,
            due: 300_000,
            sent: 300_000,
            settled: 300_000,
            refused: 0,
            timedOut: 0,
            lost: 0,
            overflowed: 0,
            reads: 270_000,
            missing: 0,
            refusals: [:],
            redirected: 0,
            brokenConnections: 0,
            mostOutstanding: 40,
            late: 30,
            latest: 4_000_000,
            processorTime: 3_000_000_000,
            busiestLoop: 0.3,
            length: 30_000_000_000
        )
    }

    /// What a node says, so many seconds after its start.
    static func node(_ seconds: Int, isServer: Bool) -> String {
        """
        uptime=\(seconds).5
        ticks=\(seconds * 200)
        stolen_ticks=\(seconds / 10)
        memory_stall=\(seconds)
        memory_kills=1
        memory_limit=1073741824
        processor_limit=1.5
        filesystem=41 /
        filesystem=3 /tmp

        """
            + (isServer
                ? """
                MainPID=812
                NRestarts=0
                ActiveState=active
                InvocationID=7c2f
                executable=ab12

                """ : "")
    }

    static let settings = [
        "appendonly": "no", "hz": "10", "save": "", "requirepass": "hunter2",
        "client-output-buffer-limit": "normal 0 0 0",
    ]

    /// What a Redis answers that has such settings.
    static func redis(_ settings: [String: String] = settings, log: String = "ok") -> String {
        """
        redis_version:7.0.15
        redis_build_id:ae4d7c971a948f0
        rdb_last_bgsave_status:ok
        aof_last_bgrewrite_status:ok
        aof_last_write_status:\(log)
        --

        """ + settings.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value)\n" }.joined()
    }

    /// What is read of all nodes, so many seconds after their start.
    static func reading(_ seconds: Int) throws -> Reading {
        var moment = StressEvidence.Moment(time: Date(timeIntervalSince1970: Double(seconds)))
        for name in ["client-0", "client-1", "server-0"] {
            moment.nodes[name] = NodeMoment(node(seconds, isServer: name == "server-0"))
            moment.clocks[name] = ClockReading(asked: 10, theirs: 10.004, answered: 10.006)
        }
        let database = try RedisCluster().inForce(from: redis())
        moment.versions["server-0"] = database.version
        // Both clients' requests lie between the two readings.
        moment.requests["server-0"] = seconds > 1_000 ? 605_000 : 5_000
        return Reading(moment: moment, databases: ["server-0": database])
    }

    /// The whole evidence, with what `spoil` makes of the nodes after the stress.
    static func whole(
        isOnDataset: Bool = true,
        after spoil: (inout Reading) -> Void = { _ in }
    ) throws -> StressEvidence {
        var evidence = StressEvidence(
            of: stress,
            with: BenchLoad(["--cluster"]),
            clients: ["client-0", "client-1"],
            before: try reading(1_000),
            isOnDataset: isOnDataset,
            redaction: Redaction(names: RedisCluster().secretSettings)
        )
        evidence.take(["client-0": result(part: 1), "client-1": result(part: 2)])
        var end = try reading(1_032)
        spoil(&end)
        evidence.end(with: end)
        return evidence
    }

    /// The whole evidence, with what `spoil` makes of it.
    static func spoiled(
        isOnDataset: Bool = true,
        _ spoil: (inout StressEvidence) -> Void
    ) throws -> StressEvidence {
        var evidence = try whole(isOnDataset: isOnDataset)
        spoil(&evidence)
        return evidence
    }
}
