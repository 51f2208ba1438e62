import Foundation
import Histogram
import LoadResult
import TestSupport
import Testing

@testable import Load

@Suite("bench load on an etcd server", .serialized, .timeLimit(.minutes(4)))
struct EtcdLoadTests {
    @Test("populates each key once, and finds them all again")
    func populate() async throws {
        let server = try await EtcdServer.start()
        let keys = "--protocol etcd --first-key 7 --keys 300 --value-size 34"
        let filling = try await LoadCall.run(
            "\(server.address) --rate max --requests 300 \(keys) --distribution sequence "
                + "--write-fraction 1"
        )
        #expect(try filling.sums().keys.sorted() == ["WRITE-st"])
        #expect(try filling.lastLine() == "#[Complete: requests=300 errors=0 missing=0]")
        let all = try await server.ask("get", "", "--prefix", "--keys-only")
        let names = all.split(separator: "\n").map(String.init)
        #expect(names.count == 300)
        #expect(names.first == "key:000000000007" && names.last == "key:000000000306")
        let value = try await server.ask("get", "key:000000000306", "--print-value-only")
        #expect(value.utf8.count == 35)
        let reading = try await LoadCall.run(
            "\(server.address) --rate 200 --duration 1s \(keys) --write-fraction 0"
        )
        #expect(try reading.lastLine() == "#[Complete: requests=200 errors=0 missing=0]")
        let missing = try await LoadCall.run(
            "\(server.address) --protocol etcd --rate 200 --duration 1s --first-key 1000 --keys 300"
                + " --write-fraction 0"
        )
        #expect(try missing.lastLine() == "#[Complete: requests=200 errors=0 missing=200]")
        #expect(try missing.sums()["READ-rt"]?.count == 200)
    }

    @Test("writes values of any size whole", arguments: [0, 1, 2, 3, 100_000])
    func sizes(size: Int) async throws {
        let server = try await EtcdServer.start()
        let call = try await LoadCall.run(
            "\(server.address) --protocol etcd --rate 20 --requests 4 --keys 2 --value-size \(size) "
                + "--distribution sequence --write-fraction 1 --connections 2"
        )
        #expect(try call.lastLine() == "#[Complete: requests=4 errors=0 missing=0]")
        let value = try await server.ask("get", "key:000000000001", "--print-value-only")
        #expect(value.utf8.count == size + 1)
        // A read's reply is longer than any buffer, and comes in chunks.
        let reading = try await LoadCall.run(
            "\(server.address) --protocol etcd --rate 20 --requests 4 --keys 2 --write-fraction 0"
        )
        #expect(try reading.lastLine() == "#[Complete: requests=4 errors=0 missing=0]")
    }

    @Test("counts what etcd refuses, by its status")
    func refused() async throws {
        let server = try await EtcdServer.start()
        // Larger than etcd takes: 1.5 MiB.
        let call = try await LoadCall.run(
            "\(server.address) --protocol etcd --rate 20 --requests 2 --keys 2 "
                + "--value-size 2000000 --write-fraction 1",
            status: 1
        )
        let result = try call.result()
        #expect(result.refused == 2)
        #expect(result.refusals.keys.allSatisfy { $0.hasPrefix("HTTP-") })
    }
}
