import Dispatch
import DeploymentState
import FoundationEssentials
import Testing

@testable import Prov

@Suite("The place of a deployment")
struct PlaceTests {
    static func record(_ name: String, wasApplied: Bool = true) -> DeploymentRecord {
        DeploymentRecord(
            name: name,
            id: "0123abcd",
            template: "/none",
            configs: [],
            createdAt: Date(timeIntervalSince1970: 0),
            createdBy: "me",
            status: .partial,
            wasApplied: wasApplied,
            identity: "id_ed25519",
            terraform: "/none"
        )
    }

    @Test("is another if account, partition or endpoint differ")
    func difference() {
        let made = ["account": "1", "partition": "aws", "endpoint": ""]
        #expect(Place.difference(made, made, name: "demo") == nil)
        for key in made.keys {
            let found = made.merging([key: "other"]) { _, new in new }
            let fault = Place.difference(made, found, name: "demo")
            #expect(
                fault
                    == .otherPlace(name: "demo", what: key, made: made[key] ?? "", found: "other")
            )
        }
    }

    /// Compares as a command does, of a template that cannot say whose account it is.
    private func check(
        _ record: inout DeploymentRecord,
        region: String?,
        in folder: String,
        mayRecord: Bool,
        secrets: [String] = []
    ) async throws {
        let terraform = Terraform(
            program: "/none",
            files: StateFiles("\(folder)/demo"),
            deployment: record.id,
            variables: region.map { ["TF_VAR_region": $0] } ?? [:],
            secrets: secrets
        )
        let console = Console(isTerminal: false, interval: .seconds(600)) { _, _ in }
        try await Place.check(&record, terraform, mayRecord: mayRecord, console: console)
    }

    private func refuse(
        _ record: DeploymentRecord,
        region: String?,
        in folder: String
    ) async throws {
        for mayRecord in [true, false] {
            var compared = record
            let fault = await #expect(throws: ProvError.self) {
                try await check(&compared, region: region, in: folder, mayRecord: mayRecord)
            }
            let says =
                "demo: was made in the region \"us-east-1\", and the configs now say \"\(region ?? "")\""
            #expect(fault?.description.hasPrefix(says) == true, "\(String(describing: fault))")
            #expect(compared.place == record.place)
        }
    }

    @Test("includes the region: from another one nothing is made anew, nor said to have gone")
    func region() async throws {
        try await withTemporaryDirectory { folder in
            try Files.makeDirectory(folder + "/demo")
            var record = Self.record("demo")
            try await check(&record, region: "us-east-1", in: folder, mayRecord: true)
            #expect(record.place == ["region": "us-east-1"])
            for mayRecord in [true, false] {
                try await check(&record, region: "us-east-1", in: folder, mayRecord: mayRecord)
            }
            try await refuse(record, region: "us-west-2", in: folder)
            try await refuse(record, region: nil, in: folder)
        }
    }

    @Test("of a region that is a secret is kept as its digest, which is compared all the same")
    func secret() async throws {
        try await withTemporaryDirectory { folder in
            try Files.makeDirectory(folder + "/demo")
            var record = Self.record("demo")
            func check(_ region: String, _ secrets: [String]) async throws {
                try await self.check(
                    &record,
                    region: region,
                    in: folder,
                    mayRecord: true,
                    secrets: secrets
                )
            }
            try await check("us-east-1", ["us-east-1"])
            #expect(record.place?["region"]?.hasPrefix("sha256:") == true)
            try await check("us-east-1", ["us-east-1"])
            try await check("us-east-1", [])
            await #expect(throws: ProvError.self) { try await check("us-west-2", ["us-west-2"]) }
            record.place = ["region": "us-east-1"]
            try await check("us-east-1", ["us-east-1"])
        }
    }

    @Test("in a record of old, is compared with the region of the config that was kept")
    func old() async throws {
        try await withTemporaryDirectory { folder in
            let files = StateFiles(folder + "/demo")
            try Files.makeDirectory(files.path)
            try Files.write("region: us-east-1  # c.yml:1\n", to: files.config)
            var record = Self.record("demo")
            try await refuse(record, region: "us-west-2", in: folder)
            try await check(&record, region: "us-east-1", in: folder, mayRecord: false)
            #expect(record.place == nil)
            try await check(&record, region: "us-east-1", in: folder, mayRecord: true)
            #expect(record.place == ["region": "us-east-1"])
        }
    }

    @Test("may be another one as long as nothing was made")
    func nothingMade() async throws {
        try await withTemporaryDirectory { folder in
            let files = StateFiles(folder + "/demo")
            try Files.makeDirectory(files.path)
            try Files.makeDirectory(files.terraform)
            var record = Self.record("demo", wasApplied: false)
            for region in ["us-east-1", "us-west-2"] {
                try await check(&record, region: region, in: folder, mayRecord: true)
                #expect(record.place == ["region": region])
            }
        }
    }
}
