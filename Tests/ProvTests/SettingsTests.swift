import DeploymentState
import Foundation
import Testing

@testable import Prov

@Suite("Settings")
struct SettingsTests {
    private static let template = """
        variable "deployment_name" { type = string }
        variable "ssh_cidr" { type = string }
        variable "open_ssh" {
          type    = bool
          default = false
        }
        output "nodes" { value = [] }
        """

    private func withTemplate(_ body: (String, TemplateFolder) async throws -> Void) async throws {
        try await withTemporaryDirectory { folder in
            try Files.makeDirectory(folder + "/T")
            try Files.write(Self.template, to: folder + "/T/main.tf")
            try await body(folder, try TemplateFolder(folder + "/T"))
        }
    }

    private func record(_ folder: String) -> DeploymentRecord {
        DeploymentRecord(
            name: "demo",
            id: "0123abcd",
            template: folder + "/T",
            configs: [.init(path: folder + "/c.yml", digest: "")],
            createdAt: Date(timeIntervalSince1970: 0),
            createdBy: "me",
            status: .partial,
            identity: "id_ed25519",
            terraform: "/none"
        )
    }

    @Test("an open network needs the word, and terraform is told of it")
    func openSSH() async throws {
        try await withTemplate { folder, template in
            try Files.write("ssh_cidr: 0.0.0.0/0\n", to: folder + "/c.yml")
            let paths = [folder + "/c.yml"]
            await #expect(throws: ConfigErrors.self) {
                try await Settings(making: paths, template: template, opensSSH: false)
            }
            let settings = try await Settings(making: paths, template: template, opensSSH: true)
            #expect(
                settings.config.terraformEnvironment == [
                    "TF_VAR_ssh_cidr": "0.0.0.0/0", "TF_VAR_open_ssh": "true",
                ]
            )
        }
    }

    @Test("of what was recorded, a config that was edited since changes nothing")
    func editedSince() async throws {
        try await withTemporaryDirectory { folder in
            try Files.makeDirectory(folder + "/T")
            let text = """
                variable "deployment_name" {}
                variable "token" { default = "" }
                variable "server_count" { default = 1 }
                variable "client_count" { default = 2 }
                variable "tags" { default = {} }
                output "nodes" { value = [] }
                """
            try Files.write(text, to: folder + "/T/main.tf")
            try Files.write("secret-one", to: folder + "/token")
            let edited =
                "token: ${file:\(folder)/token}\nclient_count: 9\ntags: { note: new }\nserver_count: 5\n"
            try Files.write(edited, to: folder + "/c.yml")
            let files = StateFiles(folder + "/demo")
            try Files.makeDirectory(files.path)
            let kept =
                "# token: a secret, set at c.yml:1\nserver_count: 3  # c.yml:2\ntags: { team: x }\n"
            try Files.write(kept, to: files.config)
            let settings = try Settings(
                recorded: record(folder),
                files: files,
                template: try TemplateFolder(folder + "/T"),
                say: { Issue.record("\($0)") }
            )
            #expect(
                settings.config.terraformEnvironment == [
                    "TF_VAR_token": "secret-one", "TF_VAR_server_count": "3",
                    "TF_VAR_tags": #"{"team":"x"}"#,
                ]
            )
        }
    }

    @Test("what came from elsewhere is shown only where its reference ends in :public")
    func shown() async throws {
        try await withTemplate { folder, template in
            let config = """
                ssh_cidr: 203.0.113.7/32
                region: ${file:r}
                owner: ${file:r:public}

                """
            try Files.write(config, to: folder + "/c.yml")
            try Files.write("us-east-1\n", to: folder + "/r")
            let settings = try Settings([folder + "/c.yml"], template: template)
            #expect(settings.text("region") == "us-east-1")
            #expect(settings.shown("region") == "[redacted]")
            #expect(settings.shown("owner") == "us-east-1")
            #expect(settings.shown("server_count") == nil)
        }
    }

    @Test("a config at fault costs no credentials but its own, and is named")
    func salvaged() async throws {
        try await withTemplate { folder, _ in
            let text =
                Self.template + "variable \"access_key\" { default = \"\" }\n"
                + "variable \"secret_key\" { default = \"\" }\nvariable \"token\" { default = \"\" }\n"
            try Files.write(text, to: folder + "/T/main.tf")
            let template = try TemplateFolder(folder + "/T")
            try Files.makeDirectory(folder + "/demo")
            let files = StateFiles(folder + "/demo")
            try Files.write("ssh_cidr: 198.51.100.9/32\n", to: files.config)
            let credentials = "access_key: ${file:k}\nsecret_key: ${file:k}\n"
            try Files.write("kkkk\n", to: folder + "/k")
            try Files.write(credentials, to: folder + "/c.yml")
            var record = record(folder)
            record.configs.append(.init(path: folder + "/d.yml", digest: ""))
            let faults = [
                ("token: ${env:PROV_NO_SUCH_VARIABLE}\n", "d.yml:1:8: token: "),
                ("no_key: 1\n", "d.yml:1:1: unknown key"), ("a: [\n", "d.yml:"),
            ]
            for (fault, says) in faults {
                try Files.write(fault, to: folder + "/d.yml")
                var said = ""
                let settings = try Settings(recorded: record, files: files, template: template) {
                    said += $0
                }
                #expect(
                    settings.config.terraformEnvironment == [
                        "TF_VAR_ssh_cidr": "198.51.100.9/32", "TF_VAR_open_ssh": "true",
                        "TF_VAR_access_key": "kkkk", "TF_VAR_secret_key": "kkkk",
                    ]
                )
                #expect(said.contains("\(folder)/\(says)"), "\(said)")
            }
            // Nor does a fault in their own file.
            try Files.write("", to: folder + "/d.yml")
            try Files.write(credentials + "no_key: 1\n", to: folder + "/c.yml")
            let settings = try Settings(recorded: record, files: files, template: template) { _ in }
            #expect(settings.text("secret_key") == "kkkk")
            // What the template cannot do without is still an error.
            try Files.write(text + "variable \"needed\" {}\n", to: folder + "/T/main.tf")
            try Files.write("needed: ${env:PROV_NO_SUCH_VARIABLE}\n", to: folder + "/d.yml")
            let other = try TemplateFolder(folder + "/T")
            #expect(throws: ConfigErrors.self) {
                try Settings(recorded: record, files: files, template: other) { _ in }
            }
        }
    }

    @Test("what was made with auto is ended without asking for an address again")
    func recorded() async throws {
        try await withTemplate { folder, template in
            try Files.write("ssh_cidr: auto\n", to: folder + "/c.yml")
            try Files.makeDirectory(folder + "/demo")
            let files = StateFiles(folder + "/demo")
            func variable() throws -> String? {
                let settings = try Settings(
                    recorded: record(folder),
                    files: files,
                    template: template
                ) { _ in }
                return settings.config.terraformEnvironment["TF_VAR_ssh_cidr"]
            }
            #expect(try variable() == "127.0.0.1/32")
            try Files.write("ssh_cidr: 198.51.100.9/32  # c.yml:1\n", to: files.config)
            #expect(try variable() == "198.51.100.9/32")
        }
    }
}
