import Testing

@testable import Prov

@Suite("A value that leads to nothing in the cloud")
struct GivenFaultTests {
    private static let line =
        #"data.aws_ami.given["ami-0123"]: nodes.tf:48: Your query returned no results. Please change"#

    private func config(_ text: String) throws -> (ConfigFolder, Config) {
        let folder = try ConfigFolder(["c.yml": text])
        let config = try folder.load(
            ["c.yml"],
            variables: TemplateVariable.cloud.filter(\.hasDefault),
            environment: ["IMAGE": "ami-0123"]
        )
        return (folder, config)
    }

    @Test("is a fault of each key that has it, once, at its place")
    func place() throws {
        let (folder, config) = try config(
            "region: us-east-1\nserver_ami: ami-0123\nclient_ami: ami-9\nmonitor_ami: ami-0123\n"
        )
        let errors = try #require(
            GivenFault.errors(in: [Self.line, Self.line, "another line"], config: config)
        )
        let remedy = "(name one that does, or leave it out for the template's own choice)"
        #expect(
            errors.description.replacing("\(folder.path)/", with: "")
                == """
                c.yml:2:13: server_ami: ami-0123 does not exist in us-east-1 \(remedy)
                c.yml:4:14: monitor_ami: ami-0123 does not exist in us-east-1 \(remedy)
                """
        )
    }

    @Test("is not shown where it is a secret")
    func secret() throws {
        let (_, config) = try config("region: us-east-1\nserver_ami: ${env:IMAGE}\n")
        let errors = try #require(GivenFault.errors(in: [Self.line], config: config))
        #expect(errors.description.contains("server_ami: its value does not exist in us-east-1"))
        #expect(!errors.description.contains("ami-0123"))
    }

    @Test(
        "is no such fault where terraform says something else",
        arguments: [
            #"data.aws_ami.given["ami-0123"]: nodes.tf:48: no permission"#,
            #"aws_instance.node["server-0"]: returned no results"#,
            #"data.aws_ami.given["ami-other"]: returned no results"#,
        ]
    )
    func others(line: String) throws {
        let (_, config) = try config("region: us-east-1\nserver_ami: ami-0123\n")
        #expect(GivenFault.errors(in: [line], config: config) == nil)
    }
}
