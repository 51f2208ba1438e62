import Foundation
import Testing

@testable import Deployment

@Suite("Validity of nodes")
struct NodeValidityTests {
    /// One thing that is otherwise after the stress, and what is found of it.
    struct Fault: Sendable, CustomTestStringConvertible {
        let found: String
        let spoil: @Sendable (inout Reading) -> Void
        var testDescription: String { found }

        init(_ found: String, _ spoil: @escaping @Sendable (inout Reading) -> Void) {
            self.found = found
            self.spoil = spoil
        }
    }

    private static func server(_ reading: inout Reading, _ change: (inout NodeMoment) -> Void) {
        guard var moment = reading.moment.nodes["server-0"] else { return }
        change(&moment)
        reading.moment.nodes["server-0"] = moment
    }

    private static let faults = [
        Fault(
            "process invalid: mixed: server-0: the database was started again meanwhile, "
                + "by systemd 1 time (process 812 is now 913)"
        ) {
            server(&$0) {
                $0.process?.invocation = "99aa"
                $0.process?.number = 913
                $0.process?.restarts = 1
            }
        },
        Fault("process invalid: mixed: server-0: the database no longer runs (failed)") {
            server(&$0) {
                $0.process?.state = "failed"
                $0.process?.number = 0
            }
        },
        Fault("settings invalid: mixed: server-0 changed settings meanwhile: appendonly, hz") {
            $0.databases["server-0"]?.settings["appendonly"] = "yes"
            $0.databases["server-0"]?.settings["hz"] = "100"
        },
        Fault("settings invalid: mixed: server-0 changed settings meanwhile: requirepass") {
            $0.databases["server-0"]?.settings["requirepass"] = "hunter3"
        },
        Fault(#"database invalid: mixed: on server-0 aof_last_write_status is "err""#) {
            $0.moment.faults["server-0"] = [#"aof_last_write_status is "err""#]
        },
        Fault(
            "steal questionable: mixed: server-0: the hypervisor gave 10 % of the processor time to "
                + "others (limit 2 %)"
        ) { server(&$0) { $0.stolenTicks = 100 + 640 } },
        Fault(
            "memory_stall invalid: mixed: server-0: processes waited for memory in 50 % of the time "
                + "(limit 10 %)"
        ) { server(&$0) { $0.memoryStall = 1_000 + 16_000_000 } },
        Fault(
            "memory_stall invalid: mixed: server-0: processes of its host waited for memory in 50 % "
                + "of the time (limit 10 %)"
        ) {
            server(&$0) {
                ($0.memoryStall, $0.countsOthersMemoryStall) = (1_000 + 16_000_000, true)
            }
        },
        Fault(
            "memory_kills invalid: mixed: server-0: "
                + "the kernel killed 2 processes for want of memory"
        ) { server(&$0) { $0.memoryKills = 3 } },
        Fault(
            "memory_kills questionable: mixed: server-0: "
                + "its host killed 2 processes for want of memory"
        ) { server(&$0) { ($0.memoryKills, $0.countsOthersMemoryKills) = (3, true) } },
        Fault("filesystem questionable: mixed: server-0: / is 95 % full (limit 94 %)") {
            server(&$0) { $0.filesystems["/"] = 95 }
        },
        Fault("filesystem invalid: mixed: server-0: / is 100 % full (limit 99 %)") {
            server(&$0) { $0.filesystems["/"] = 100 }
        },
        Fault("reboot invalid: mixed: server-0: was started again meanwhile") {
            server(&$0) { $0.uptime = 3 }
        },
        Fault(
            "clocks questionable: mixed: after it the clock of client-1 was ahead of that of "
                + "client-0 by at least 20 ms (limit 10 ms)"
        ) {
            $0.moment.clocks["client-1"] = ClockReading(asked: 10, theirs: 10.03, answered: 10.006)
        },
        Fault("unread invalid: mixed: after it server-0 did not tell what time it is: no answer") {
            $0.moment.unread["server-0"] = ["what time it is: no answer"]
        },
    ]

    @Test("says of each fault of a node how large it was, and the limit", arguments: faults)
    func node(fault: Fault) throws {
        let evidence = try Evidence.whole(after: fault.spoil)
        let found = Validity(of: [evidence], limits: ValidityLimits()).findings
            .map { "\($0.kind) \($0.verdict.rawValue): \($0.text)" }
        #expect(found == [fault.found])
    }

    @Test("is lost with a stress that did not come to its end")
    func noEnd() throws {
        let evidence = try Evidence.spoiled { $0.after = nil }
        #expect(
            Validity(of: [evidence], limits: ValidityLimits()).reasons
                == ["mixed: did not come to its end"]
        )
    }

    @Test("reads what a node says, and no limit where none shows")
    func parsed() throws {
        let moment = try #require(NodeMoment(Evidence.node(1_000, isServer: true)))
        #expect(moment.process?.number == 812)
        #expect(moment.process?.executable == "ab12")
        #expect(moment.process?.build == nil)
        let built = Evidence.node(1_000, isServer: true) + "build=redis 8.tar\n"
        #expect(NodeMoment(built)?.process?.build == "redis 8.tar")
        #expect(moment.memoryLimit == 1_073_741_824)
        #expect(moment.processorLimit == 1.5)
        #expect(moment.filesystems == ["/": 41, "/tmp": 3])
        let free =
            "uptime=1\nticks=2\nstolen_ticks=0\nmemory_kills=0\nothers_memory_kills=yes\n"
            + "others_memory_stall=yes\nmemory_limit=9223372036854771712\n"
        let bare = try #require(NodeMoment(free))
        #expect(bare.memoryLimit == nil)
        #expect(bare.memoryStall == nil)
        #expect(bare.process == nil)
        #expect(bare.countsOthersMemoryKills)
        #expect(bare.countsOthersMemoryStall)
        #expect(NodeMoment("uptime=1\n") == nil)
    }

    @Test("takes clocks for apart only as far as round trips prove it, on either side")
    func clocks() {
        let slow = ClockReading(asked: 0, theirs: 0.05, answered: 0.1)  // 0 ± 50 ms
        let near = ClockReading(asked: 0, theirs: 0.003, answered: 0.004)  // 1 ± 2 ms
        let ahead = ClockReading(asked: 0, theirs: 0.062, answered: 0.004)  // 60 ± 2 ms
        let behind = ClockReading(asked: 0, theirs: -0.058, answered: 0.004)  // -60 ± 2 ms
        #expect(ClockReading.best(of: [slow, near]) == near)
        #expect(ClockReading.apart(["a": slow, "b": near])?.seconds == 0)
        let one = ClockReading.apart(["a": ahead, "b": near])
        #expect(one?.ahead == "a")
        #expect(abs((one?.seconds ?? 0) - 0.055) < 1e-9)
        let two = ClockReading.apart(["a": near, "b": behind])
        #expect(two?.behind == "b")
        #expect(abs((two?.seconds ?? 0) - 0.057) < 1e-9)
        #expect(ClockReading.apart([:]) == nil)
    }
}
