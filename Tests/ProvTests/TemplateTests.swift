import DeploymentState
import Glibc
import Testing

@testable import Prov

@Suite("TemplateFolder and TemplateCopy")
struct TemplateTests {
    private static let main = """
        variable "deployment_name" {
          type = string
        }
        output "nodes" {
          value = []
        }
        """

    private func template(in folder: String, _ text: String = main) throws -> TemplateFolder {
        try Files.makeDirectory("\(folder)/template")
        try Files.write(text, to: "\(folder)/template/main.tf")
        return try TemplateFolder("\(folder)/template")
    }

    private func files(_ folder: String) throws -> StateFiles {
        try Files.makeDirectory("\(folder)/demo")
        return StateFiles("\(folder)/demo")
    }

    @Test("refuses a template that lacks what the contract asks for, and names all of it")
    func contract() async throws {
        try await withTemporaryDirectory { folder in
            let error = #expect(throws: ProvError.self) {
                try template(in: folder, "# output \"nodes\"\nlocals {\n}\n")
            }
            #expect(
                error?.description == """
                    \(folder)/template: the template declares no variable "deployment_name" (see the \
                    template contract)
                    \(folder)/template: the template declares no output "nodes" (see the template \
                    contract)
                    """
            )
        }
    }

    @Test("takes a template whatever line ends an editor has given it")
    func lineEnds() async throws {
        try await withTemporaryDirectory { folder in
            let text = Self.main.split(separator: "\n").joined(separator: "\r\n")
            let made = try template(in: folder, text)
            #expect(made.declares("deployment_name"))
        }
    }

    @Test("suggests the nearest template for a misspelt one")
    func missing() async throws {
        try await withTemporaryDirectory { folder in
            _ = try template(in: folder)
            #expect(
                throws: ProvError.noTemplate(
                    path: "\(folder)/templat",
                    suggestion: "\(folder)/template"
                )
            ) {
                try TemplateFolder("\(folder)/templat")
            }
        }
    }

    @Test("copies new and changed files, removes those that vanished, and keeps terraform's own")
    func update() async throws {
        try await withTemporaryDirectory { folder in
            let template = try template(in: folder)
            let files = try files(folder)
            let copy = TemplateCopy(files: files)
            try Files.makeDirectory("\(template.path)/lib")
            try Files.write("one", to: "\(template.path)/lib/tool", mode: 0o755)
            try Files.write("{}", to: "\(template.path)/terraform.tfstate")
            try copy.update(from: template)
            #expect(copy.isFinished)
            #expect(try Files.list(files.terraform) == [".prov-manifest", "lib", "main.tf"])
            #expect(Files.isExecutable("\(files.terraform)/lib/tool"))

            try Files.write("state", to: "\(files.terraform)/terraform.tfstate")
            try Files.write("made by a provisioner", to: "\(files.terraform)/made")
            try Files.write("two", to: "\(template.path)/more.tf")
            try Files.remove("\(template.path)/lib/tool")
            try copy.update(from: template)
            #expect(try Files.list("\(files.terraform)/lib") == [])
            #expect(try Files.read("\(files.terraform)/more.tf") == "two")
            #expect(try Files.read("\(files.terraform)/terraform.tfstate") == "state")
            #expect(Files.exists("\(files.terraform)/made"))
        }
    }

    @Test("copies the provider lock when the template's changes, and not over what terraform added")
    func providerLock() async throws {
        try await withTemporaryDirectory { folder in
            let template = try template(in: folder)
            let copy = TemplateCopy(files: try files(folder))
            let lock = copy.files.terraform + "/.terraform.lock.hcl"
            try Files.write("one", to: template.path + "/.terraform.lock.hcl")
            try copy.update(from: template)
            try Files.write("one and more", to: lock)
            try copy.update(from: template)
            #expect(try Files.read(lock) == "one and more")
            try Files.write("two", to: template.path + "/.terraform.lock.hcl")
            try copy.update(from: template)
            #expect(try Files.read(lock) == "two")
        }
    }

    @Test("changes the stamp of init with what init reads, and with nothing else")
    func stamp() async throws {
        try await withTemporaryDirectory { folder in
            let template = try template(in: folder)
            let copy = TemplateCopy(files: try files(folder))
            try copy.update(from: template)
            let first = try copy.stamp(terraform: "/bin/sh")
            try Files.write("x", to: "\(copy.files.terraform)/terraform.tfstate")
            try Files.write("x", to: "\(copy.files.terraform)/notes.txt")
            #expect(try copy.stamp(terraform: "/bin/sh") == first)
            #expect(try copy.stamp(terraform: "/bin/ls") != first)
            try Files.write("x", to: "\(copy.files.terraform)/.terraform.lock.hcl")
            #expect(try copy.stamp(terraform: "/bin/sh") != first)
        }
    }
}

@Suite("KeyPair", .timeLimit(.minutes(1)))
struct KeyPairTests {
    @Test("makes a pair once, for the owner alone")
    func make() async throws {
        try await withTemporaryDirectory { folder in
            let files = StateFiles(folder)
            let pair = try await KeyPair.prepare(publicKey: nil, privateKey: nil, files: files)
            #expect(pair == KeyPair(publicKey: files.publicKey, identity: "id_ed25519"))
            let key = try Files.read(files.publicKey)
            #expect(key.hasPrefix("ssh-ed25519 "))
            _ = try await KeyPair.prepare(publicKey: nil, privateKey: nil, files: files)
            #expect(try Files.read(files.publicKey) == key)
            var info = stat()
            #expect(stat(files.identity, &info) == 0 && info.st_mode & 0o777 == 0o600)
        }
    }

    @Test("its own pair is a pair again when a config no longer names a key")
    func ownAgain() async throws {
        try await withTemporaryDirectory { folder in
            let (own, user) = (StateFiles("\(folder)/own"), StateFiles("\(folder)/user"))
            for files in [own, user] {
                try Files.makeDirectory(files.path)
                _ = try await KeyPair.prepare(publicKey: nil, privateKey: nil, files: files)
            }
            let (identity, key) = (try Files.read(own.identity), try Files.read(own.publicKey))
            _ = try await KeyPair.prepare(
                publicKey: user.publicKey,
                privateKey: user.identity,
                files: own
            )
            #expect(try Files.read(own.publicKey) == Files.read(user.publicKey))
            let pair = try await KeyPair.prepare(publicKey: nil, privateKey: nil, files: own)
            #expect(pair == KeyPair(publicKey: own.publicKey, identity: "id_ed25519"))
            #expect(try KeyPair.words(Files.read(own.publicKey)) == KeyPair.words(key))
            #expect(try Files.read(own.identity) == identity)
        }
    }

    @Test("takes the user's keys where they are, and refuses a pair that does not fit")
    func given() async throws {
        try await withTemporaryDirectory { folder in
            let (a, b) = (StateFiles("\(folder)/a"), StateFiles("\(folder)/b"))
            for files in [a, b] {
                try Files.makeDirectory(files.path)
                _ = try await KeyPair.prepare(publicKey: nil, privateKey: nil, files: files)
            }
            let state = StateFiles("\(folder)/state")
            try Files.makeDirectory(state.path)
            let pair = try await KeyPair.prepare(
                publicKey: a.publicKey,
                privateKey: a.identity,
                files: state
            )
            #expect(pair == KeyPair(publicKey: state.publicKey, identity: a.identity))
            #expect(try Files.read(state.publicKey) == Files.read(a.publicKey))
            await #expect(
                throws: ProvError.badKey(
                    path: b.identity,
                    reason: "does not fit the public key \(a.publicKey)"
                )
            ) {
                try await KeyPair.prepare(
                    publicKey: a.publicKey,
                    privateKey: b.identity,
                    files: state
                )
            }
            let derived = try await KeyPair.prepare(
                publicKey: nil,
                privateKey: b.identity,
                files: state
            )
            #expect(derived.identity == b.identity)
        }
    }
}

@Suite("Provision")
struct ProvisionTests {
    @Test("takes names that are safe as a folder's", arguments: ["4504", "a", "A.b_c-d", "0"])
    func names(name: String) { #expect(Provision.isName(name)) }

    @Test("refuses other names", arguments: ["", "../x", ".x", "-x", "a/b", "a b", "ä", "a\n"])
    func badNames(name: String) { #expect(!Provision.isName(name)) }
}
