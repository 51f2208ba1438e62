import Foundation
import Testing

@testable import Deployment

@Suite("LoadCounts")
struct LoadCountsTests {
    private let head = "#[StartTime: 1795219200.000]\nTag=READ-rt,0.000,1.000,0.1,HISTFAAAABt\n"

    @Test("reads the tool's own end of a log")
    func complete() throws {
        let log = Data((head + "#[Complete: requests=1200 errors=2 missing=3]\n").utf8)
        let counts = try #require(LoadCounts(log: log))
        #expect((counts.requests, counts.errors, counts.missing) == (1_200, 2, 3))
        #expect(
            counts.description == "1,200 requests, 2 errors, 3 reads of keys that are not there"
        )
    }

    @Test(
        "takes no other end for it",
        arguments: [
            "", "#[Stopped: requests=12 errors=0 missing=0]\n", "#[Complete: requests=12 err",
            "#[Complete: requests=12 errors=0 missing=0]\nTag=READ-rt,1.0",
        ]
    )
    func cut(end: String) {
        #expect(LoadCounts(log: Data((head + end).utf8)) == nil)
    }
}
