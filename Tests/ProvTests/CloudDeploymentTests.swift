import DeploymentState
import Testing

@testable import Prov

@Suite("A deployment as its tags show it")
struct CloudDeploymentTests {
    private static func output(name: String, id: String = "0123abcd", resource: String = "vpc-0a")
        -> String
    {
        """
        {"deployments":{"value":[
          {"name":"mine","id":"89abcdef","region":"r","nodes":[],"imports":[]},
          {"name":"\(name)","id":"\(id)","region":"r","nodes":["server-0"],
           "imports":[{"to":"aws_vpc.this","id":"\(resource)"}]}
        ]}}
        """
    }

    @Test("is read with what is its own")
    func read() throws {
        let found = try CloudDeployment.read(Self.output(name: "demo"))
        #expect(found.map(\.key) == ["demo-0123abcd", "mine-89abcdef"])
        #expect(found[0].resources.map(\.id) == ["vpc-0a"])
    }

    @Test("is not gone on with by configs that name another region")
    func otherRegion() throws {
        let found = try CloudDeployment.read(Self.output(name: "demo"))[0]
        try found.refuseOtherRegion(nil, shown: nil)
        try found.refuseOtherRegion("r", shown: "[redacted]")
        let fault = #expect(throws: CloudError.self) {
            try found.refuseOtherRegion("elsewhere", shown: "[redacted]")
        }
        let says = "demo-0123abcd: stands in r, and the configs say region: [redacted], where all"
        #expect(fault?.description.hasPrefix(says) == true)
    }

    @Test("is a state directory's only where that was made in the same region")
    func here() async throws {
        try await withTemporaryDirectory { folder in
            let found = try CloudDeployment.read(Self.output(name: "demo"))[0]
            let files = StateFiles("\(folder)/demo")
            try Files.makeDirectory(files.path)
            for (region, isIt) in [("r", true), (nil, true), ("elsewhere", false)] {
                var record = PlaceTests.record("demo")
                record.place = region.map { ["region": $0] }
                record.settle(in: files)
                try record.write(to: files.record)
                let directory = try StateDirectory(files)
                #expect(([directory].first(of: found) != nil) == isIt, "\(region ?? "none")")
            }
        }
    }

    @Test(
        "is not prov's if its name or id is none that prov gives, and hides no other",
        arguments: [
            (#"a\",\"i-0123456789abcdef0\",\""#, "0123abcd"), ("${timestamp()}", "0123abcd"),
            ("-rf", "0123abcd"), ("a b", "0123abcd"), ("", "0123abcd"), ("demo", "0123ABCD"),
            ("demo", "0123abcd9"), ("demo", ""),
        ]
    )
    func hostile(name: String, id: String) throws {
        let found = try CloudDeployment.read(Self.output(name: name, id: id))
        #expect(found.map(\.name) == ["mine"])
    }

    @Test(
        "has no resource whose id could be more than a word",
        arguments: [#"i-1\",\"i-2"#, "-lock=false", "${file(1)}", "a b", ""]
    )
    func resources(id: String) throws {
        let found = try CloudDeployment.read(Self.output(name: "demo", resource: id))
        #expect(found[0].resources == [])
    }
}
