import DeploymentState
import Foundation
import Testing
import Usage

@testable import Deployment

@Suite("Systems")
struct SystemsTests {
    @Test("are those whose names a config may hold")
    func names() {
        #expect(Systems.names == DeploymentRecord.systems)
    }

    @Test("are found by the record's name; a record without one means redis")
    func record() throws {
        var record = DeploymentRecord(
            name: "demo",
            id: "0a1b2c3d",
            template: "/none",
            configs: [],
            createdAt: Date(timeIntervalSince1970: 1_000_000),
            createdBy: "me",
            status: .ready,
            identity: "id_ed25519",
            terraform: "/none"
        )
        #expect(try Systems.of(record).name == "redis")
        record.system = "etcd"
        #expect(try Systems.of(record).name == "etcd")
        record.system = "ectd"
        let error = #expect(throws: Misuse.self) { try Systems.of(record) }
        #expect(
            error?.description
                == #"no system "ectd" (did you mean "etcd"?): there are redis, etcd, postgresql, scylla, cassandra, service"#
        )
    }

    @Test("are chosen for one script by --system, before anything is connected to")
    func option() throws {
        let usage = Usage("measure", summary: "Measures.", example: "measure 4504")
            .adding(Systems.option)
        #expect(usage.help.contains("--system NAME"))
        #expect(try Systems.named(by: usage.parse([])) == nil)
        #expect(try Systems.named(by: usage.parse(["--system", "etcd"]))?.name == "etcd")
        #expect(throws: Misuse.system("x")) {
            try Systems.named(by: usage.parse(["--system", "x"]))
        }
    }

    @Test("with datasets count a share of each server, or what each of them holds")
    func totals() {
        #expect(RedisCluster().total(of: [4, 6]) == 10)
        #expect(Etcd().total(of: [6, 6]) == 6)
        #expect(Etcd().total(of: [6, 4]) == 4)
        #expect(Etcd().total(of: [6, nil]) == nil)
        #expect(Etcd().total(of: [Int?]()) == nil)
    }

    @Test("with a fingerprint show when a restored dataset is not what was taken")
    func fingerprint() async throws {
        let content = DatasetContent(keyCount: 5, valueBytes: 10)
        let about = Dataset.About(
            servers: 1,
            database: "etcd",
            census: 5,
            fingerprint: "revision 9 hash 1",
            content: content
        )
        #expect(Dataset.About(about.text) == about)
        for (hash, isSame) in [(1, true), (2, false)] {
            try await withScripted(["server-0"], system: Etcd()) { _, call in
                if call.input.hasPrefix("# inspect a dataset") {
                    return RemoteResult(output: "base\n--\n" + about.text)
                }
                if call.input.hasPrefix("# count the keys") { return RemoteResult(output: "5\n") }
                return RemoteResult(output: "revision 9\nhash \(hash)\n")
            } _: { deployment, _ in
                guard !isSame else { return try await deployment.verifyDataset("base") }
                let error = await #expect(throws: FanOutError.self) {
                    try await deployment.verifyDataset("base")
                }
                #expect(
                    error?.failures["server-0"] as? DatasetError
                        == .altered(
                            name: "base",
                            node: "server-0",
                            expected: "revision 9 hash 1",
                            found: "revision 9 hash 2"
                        )
                )
            }
        }
    }
}
