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
