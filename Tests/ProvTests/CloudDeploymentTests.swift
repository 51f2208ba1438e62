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
