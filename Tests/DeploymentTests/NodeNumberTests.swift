import DeploymentState
import Foundation
import LoadResult
import Shell
import Testing

@testable import Deployment

@Suite("numbers that nodes print")
struct NodeNumberTests {
    @Test(
        "are read up to what can be added up, and no further",
        arguments: [
            ("0", 0), ("-12", -12), ("9007199254740992", 1 << 53), ("9007199254740993", nil),
            ("9223372036854775807", nil), ("-9223372036854775808", nil), ("1e3", nil), ("", nil),
        ] as [(String, Int?)]
    )
    func whole(text: String, number: Int?) {
        #expect(NodeNumber.whole(text) == number)
    }

    @Test(
        "with decimals are read if they are finite",
        arguments: [
            ("1.5", 1.5), ("inf", nil), ("-inf", nil), ("nan", nil), ("1e300", nil), ("x", nil),
        ] as [(String, Double?)]
    )
    func decimal(text: String, number: Double?) {
        #expect(NodeNumber.decimal(text) == number)
    }

    @Test("make no state of a machine, no clock and no slots where they are absurd")
    func readers() throws {
        let fields = ["uptime=1", "ticks=2", "stolen_ticks=0", "memory_kills=0"]
        #expect(NodeMoment(fields.joined(separator: "\n")) != nil)
        for (index, absurd) in [
            "uptime=nan", "ticks=9223372036854775807", "stolen_ticks=-9223372036854775808",
            "memory_kills=9223372036854775807",
        ].enumerated() {
            var spoiled = fields
            spoiled[index] = absurd
            #expect(NodeMoment(spoiled.joined(separator: "\n")) == nil)
        }
        let standing = try RedisStanding(
            "1\na1 198.18.0.10:6379@16379 myself,master - 0 0 4 connected "
                + "0-9223372036854775807 -9223372036854775808-5"
        )
        #expect((0...16_384).contains(standing.slotCount))
    }

    @Test("of a load tool are taken as a whole, or not")
    func results() {
        let good = Evidence.result(part: 1)
        #expect(good.isCredible)
        let spoils: [(inout LoadResult) -> Void] = [
            { $0.due = .max }, { $0.refused = .max }, { $0.settled = -1 }, { $0.length = .max },
            { $0.duration = .max }, { $0.refusals = ["ERR": .max] }, { $0.busiestLoop = .nan },
            { $0.rate = .infinity },
        ]
        for spoil in spoils {
            var result = good
            spoil(&result)
            #expect(!result.isCredible)
        }
    }

    @Test("of two load tools that mean harm are an error, and add up to no crash")
    func harm() async throws {
        var result = Evidence.result(part: 1)
        result.due = .max
        let text = String(decoding: try JSONEncoder().encode(result), as: UTF8.self)
        try await withScripted(["server-0", "client-0", "client-1"]) { node, call in
            if call.command.text.contains("result.json"), !call.command.text.contains("bash") {
                return RemoteResult(output: text)
            }
            guard call.input.hasPrefix("# look at the load tool") else { return RemoteResult() }
            return RemoteResult(
                output:
                    "LoadState=loaded\nActiveState=active\nSubState=exited\nResult=success\n--\n"
            )
        } _: { deployment, _ in
            let folder = try Files.makeTemporaryDirectory("prov-harm")
            defer { try? Files.remove(folder) }  // else the system's cleaning
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.run(Evidence.stress, into: folder)
            }
            #expect(error?.failures.count == 2)
            #expect(error?.failures["client-0"] is BadResult)
        }
    }
}
