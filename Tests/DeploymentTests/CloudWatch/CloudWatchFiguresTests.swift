import Testing

@testable import Deployment

@Suite("CloudWatch's figures")
struct CloudWatchFiguresTests {
    private typealias Examples = CloudWatchExamples
    private let noon = Examples.noon

    /// One machine of minutes and one of five minutes, over a load of ten minutes from noon on.
    private func figures(until end: Int = 600) throws -> CloudWatchFigures {
        let nodes = [
            try Examples.machine("server-0", "i-01"), try Examples.machine("server-1", "i-02"),
        ]
        var figures = CloudWatchFigures(of: nodes, in: noon..<noon + end)
        for minute in -5..<10 {
            let value = Double(minute)
            figures.add(
                value,
                at: noon + 60 * minute,
                to: try Examples.key(nodes[0], "CPUUtilization")
            )
            figures.add(
                6_000 * value,
                at: noon + 60 * minute,
                to: try Examples.key(nodes[0], "NetworkIn")
            )
        }
        for (place, value) in [50.0, 60, 70, 80].enumerated() {
            // Its periods begin two minutes after the others'.
            let time = noon + 300 * (place - 2) + 120
            figures.add(value, at: time, to: try Examples.key(nodes[1], "CPUUtilization"))
            figures.add(300 * value, at: time, to: try Examples.key(nodes[1], "NetworkIn"))
        }
        return figures
    }

    @Test("have the length of their periods from the distance of two samples")
    func periods() throws {
        let key = try Examples.key(try Examples.machine("server-0", "i-01"), "CPUUtilization")
        func period(_ times: [Int]) -> Int? {
            var series = CloudWatchSeries(key: key)
            for time in times { series.samples[time] = 1 }
            return series.knownPeriod
        }
        #expect(period([0, 300, 900, 1_200]) == 300)
        #expect(period([0, 60, 600]) == 60)
        #expect(period([0, 10]) == 60)
        #expect(period([300]) == nil && period([]) == nil)
        // One alone counts as one of basic monitoring.
        #expect(CloudWatchSeries(key: key, samples: [300: 1]).period == 300)
        #expect(CloudWatchSeries(key: key, samples: [300: 1]).knownEnd == nil)
    }

    @Test("stand in a row each: those of the load, sums by the second, with their share of it")
    func table() throws {
        let rows = Examples.rows(try figures().table)
        let slow = rows.filter { $0["node"] == "server-1" && $0["metric"] == "NetworkIn" }
        #expect(
            slow.map { $0["time"] } == ["11:57", "12:02", "12:07"].map { "2026-01-01T\($0):00Z" }
        )
        #expect(slow.map { $0["value"] } == ["60.0", "70.0", "80.0"])
        #expect(slow.map { $0["share_in_load"] } == ["0.4", "1.0", "0.6"])
        #expect(slow.allSatisfy { $0["period_seconds"] == "300" && $0["unit"] == "Bytes/Second" })
        let quick = rows.filter { $0["node"] == "server-0" && $0["metric"] == "NetworkIn" }
        #expect(quick.map { $0["value"] } == (0..<10).map { "\(Double($0 * 100))" })
        #expect(rows.first?["metric"] == "CPUUtilization" && rows.first?["instance"] == "i-01")
        #expect(rows.first?["region"] == "us-east-1" && rows.count == 26)
    }

    @Test("have mean, quartiles and ends of each node and of all, of whole periods where there are")
    func statistics() throws {
        let rows = Examples.rows(try figures().statistics)
        let own = rows.filter { $0["metric"] == "CPUUtilization" }
        #expect(own.map { $0["node"] } == ["server-0", "server-1", "all"])
        let names = [
            "samples", "whole_periods", "mean", "minimum", "lower_quartile", "median",
            "upper_quartile", "maximum",
        ]
        let cells = own.map { row in names.map { row[$0] ?? "" } }
        #expect(cells[0] == ["10", "yes", "4.5", "0.0", "2.25", "4.5", "6.75", "9.0"])
        #expect(cells[1] == ["1", "yes", "70.0", "70.0", "70.0", "70.0", "70.0", "70.0"])
        #expect(cells[2].suffix(5) == ["0.0", "2.5", "5.0", "7.5", "70.0"])
        // What there is nothing of is there, with no numbers.
        let memory = rows.filter { $0["metric"] == "mem_used_percent" }
        #expect(memory.map { $0["samples"] } == ["0", "0", "0"])
        #expect(memory.allSatisfy { $0["mean"] == "" && $0["whole_periods"] == "" })
        #expect(rows.count == 9 * 3)
    }

    @Test(
        "of a load shorter than a period hold what was before it too, which is said with the remedy"
    )
    func short() throws {
        var short = try figures(until: 90)
        #expect(
            Examples.rows(short.statistics).filter { $0["node"] == "server-1" }
                .first?["whole_periods"] == "no"
        )
        #expect(Examples.rows(short.statistics)[2]["whole_periods"] == "no")
        short.conclude(after: 900)
        #expect(
            short.remarks.last
                == "no period of 300 s lies whole within the load of 90 s, so that the figures of server-1 "
                + "hold what was before or behind it too: load for 600 s or longer, or have CloudWatch keep "
                + "each minute: aws ec2 monitor-instances --region us-east-1 --instance-ids i-02"
        )
    }

    @Test("that are not there are said, once a topic, with who has them")
    func missing() throws {
        var read = try figures()
        for node in read.nodes {
            read.add(1, at: noon, to: try Examples.key(node, "EBSReadBytes"))
            read.add(1, at: noon + 60, to: try Examples.key(node, "EBSReadBytes"))
        }
        read.add(1, at: noon, to: try Examples.key(read.nodes[0], "mem_used_percent"))
        read.conclude(after: 0)
        let lines = read.remarks.filter { $0.contains("nothing of") }
        #expect(
            lines == [
                "CloudWatch has nothing of the memory of server-1 in this time: mem_used_percent "
                    + "(CloudWatch's agent sends it; install and start it on the machine)",
                "CloudWatch has nothing of the disk space of all 2 machines in this time: "
                    + "disk_used_percent (CloudWatch's agent sends it; install and start it on the machine)",
                "CloudWatch has nothing of the sent bytes of all 2 machines in this time: NetworkOut "
                    + "(every machine that runs has it, some minutes later)",
                "CloudWatch has nothing of the bytes written to disks of all 2 machines in this time: "
                    + "EBSWriteBytes (machines on Nitro have it, of their EBS volumes) and DiskWriteBytes "
                    + "(machines with instance store volumes have it)",
            ]
        )
    }

    @Test(
        "are waited for until processors and all that has begun reach the load's end, and no longer"
    )
    func wait() throws {
        let whole = try figures()
        #expect(whole.late == [])
        let wait = CloudWatchWait(until: noon + 1_500)
        #expect(wait.pause(after: whole, at: noon + 601) == nil)

        var late = try figures(until: 780)
        #expect(
            late.late.map(\.metric.name) == ["CPUUtilization", "NetworkIn"] + [
                "CPUUtilization", "NetworkIn",
            ]
        )
        #expect(wait.pause(after: late, at: noon + 781) == 30)
        #expect(wait.pause(after: late, at: noon + 1_490) == 10)
        #expect(wait.pause(after: late, at: noon + 1_500) == nil)
        // A machine of which there is nothing yet is waited for too, and no disk that is gone.
        let none = CloudWatchFigures(of: late.nodes, in: late.window)
        #expect(none.late.count == 2)
        var disks = whole
        disks.add(1, at: noon, to: try Examples.key(whole.nodes[0], "disk_used_percent", "/gone"))
        #expect(disks.late == [])
        late.conclude(after: 720)
        #expect(
            late.remarks.contains(
                "CPUUtilization and NetworkIn of all 2 machines had not come to the load's end 720 s after it: "
                    + "what came later is missing; wait for longer (waitingUpTo:)"
            )
        )
    }

    @Test("of a name that nobody would choose are one cell of one row")
    func hostileNames() throws {
        var read = try figures()
        let path = "=1,\"x\"\n\u{1B}]0;\u{202E}"
        for minute in 0..<10 {
            let key = try Examples.key(read.nodes[0], "disk_used_percent", path)
            read.add(50, at: noon + 60 * minute, to: key)
        }
        let cell = "\"=1,\"\"x\"\" \u{FFFD}]0;\u{FFFD}\""
        for text in [read.table, read.statistics] {
            let lines = text.split(separator: "\n")
            #expect(lines.count { $0.contains("disk_used_percent,\(cell),Percent,") } >= 3)
            #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
        }
        for number in 0..<100 { read.say("\(number)" + String(repeating: "x", count: 2_000)) }
        #expect(read.remarks.count == 40 && read.remarks.allSatisfy { $0.count <= 1_000 })
    }
}
