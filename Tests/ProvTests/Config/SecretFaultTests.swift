import Foundation
import Testing

@testable import Prov

@Suite("What a config may not hold, and no fault may show", .timeLimit(.minutes(1)))
struct SecretFaultTests {
    /// The fault of a config in whose environment `ME` is a secret; `nil` if there is none.
    private func fault(_ text: String) throws -> String? {
        let folder = try ConfigFolder(["a.yml": text])
        do throws(ConfigErrors) {
            _ = try folder.load(
                ["a.yml"],
                variables: TemplateVariable.local,
                use: .make(opensSSH: false),
                environment: ["ME": "hunter2"]
            )
            return nil
        } catch {
            return error.description.replacing("\(folder.path)/", with: "")
        }
    }

    @Test("an owner that is a secret is refused, for everybody could read it; another is not")
    func secretOwner() throws {
        #expect(
            try fault("owner: ${env:ME}\n")
                == "a.yml:1:8: owner is secret, and everybody may read whose machines they are "
                + "(write ${env:NAME:public}, or the name itself)"
        )
        #expect(
            try fault("owner: ${env:NOBODY}\n")
                == "a.yml:1:8: owner: environment variable \"NOBODY\" is not set (export it)"
        )
        #expect(try fault("owner: ${env:ME:public}\n") == nil)
        #expect(try fault("owner: me\n") == nil)
    }

    @Test("tags that hold a secret are refused, for whoever looks at the account reads them")
    func secretTags() throws {
        #expect(
            try fault("tags: {a: plain, b: \"x-${env:ME}\"}\n")
                == "a.yml:1:7: tags are secret, and whoever may look at the account reads them "
                + "(write ${env:NAME:public}, or the text itself)"
        )
        #expect(try fault("tags: {a: \"${env:ME:public}\"}\n") == nil)
    }

    @Test(
        "a control character is refused where it would end a value, or a line",
        arguments: [
            ("owner: \"a\\0b\"\n", "a.yml:1:8: owner holds a control character, which no line"),
            ("owner: \"a\\nb\"\n", "a.yml:1:8: owner holds a control character, which no line"),
            (
                "tags: {a: \"\\e[2J\"}\n",
                "a.yml:1:11: tags holds a control character, which no line"
            ),
            (
                "image_suite: \"a\\0b\"\n",
                "a.yml:1:14: image_suite holds a control character, which no program's argument"
            ),
        ]
    )
    func control(text: String, expected: String) throws {
        #expect(try fault(text) == "\(expected) can (remove it)")
    }

    @Test(
        "what an image is made of is in its build's command line and log, so it is no secret",
        arguments: [
            ("image_suite: ${env:ME}\n", "a.yml:1:14: image_suite"),
            ("image_packages: [fio, \"${env:ME}\"]\n", "a.yml:1:17: image_packages"),
            ("service_packages: [\"${env:ME}\"]\n", "a.yml:1:19: service_packages"),
        ]
    )
    func secretImage(text: String, place: String) throws {
        #expect(
            try fault(text)
                == "\(place) is secret, and everybody may read what an image is made of (write "
                + "${env:NAME:public}, or the names themselves)"
        )
        #expect(try fault(text.replacing("ME}", with: "ME:public}")) == nil)
    }

    @Test("no fault of any key shows a value from elsewhere, whatever is wrong with it")
    func referredSecrets() throws {
        let folder = try ConfigFolder(["a.yml": "", "key-s3cret": "no key"])
        let path = "\(folder.path)/key-s3cret"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/folder-s3cret",
            withIntermediateDirectories: false
        )
        // The value, and what of it must not be seen.
        let values = [
            ("s3cret", "s3cret"), ("", "-"), ("98765.4321", "98765"), ("-98765", "98765"),
            ("s3cret: [", "s3cret"), ("9.87.65.43/7", "9.87.65"), ("9.87.65.43/31", "9.87.65"),
            ("9.87.65.0/24,9.87.65.43/24", "9.87.65"), ("9.87.65.43", "9.87.65"),
            ("fe80::9876/64", "9876"), ("0.0.0.0/0", "0.0.0.0"), ("us-west-2s3cret", "s3cret"),
            ("/none/s3cret", "s3cret"), (path, "key-s3cret"),
            ("\(folder.path)/folder-s3cret", "folder-s3cret"), ("98765d", "98765"),
            ("a\ns3cret\n", "s3cret"), ("\u{1B}s3cret", "s3cret"),
        ]
        var faults = 0
        for key in ConfigSchema.standard.keys.map(\.name) + ["disks", "free", "token"] {
            for (value, hidden) in values {
                for form in ["${env:V}", "[\"${env:V}\"]", "{a: \"${env:V}\"}", "\"x${env:V}\""] {
                    let rest =
                        key == "region" ? "availability_zone: eu-west-9z\n" : "region: us-east-1\n"
                    try Data("\(key): \(form)\n\(rest)".utf8)
                        .write(to: URL(filePath: "\(folder.path)/a.yml"))
                    do throws(ConfigErrors) {
                        _ = try folder.load(
                            ["a.yml"],
                            variables: TemplateVariable.cloud,
                            use: .make(opensSSH: false),
                            environment: ["V": value, "HOME": folder.path]
                        )
                    } catch {
                        faults += 1
                        let text = "\(error)"
                        #expect(!text.contains(hidden) || hidden == "-", "\(key): \(form): \(text)")
                    }
                }
            }
        }
        #expect(faults > 1_000)
    }

    @Test("no fault shows a secret, whatever is wrong around it")
    func secrets() throws {
        let texts = [
            "secret_key: &s s3cret\nsecret_key: s3cret\n", "secret_key: [s3cret, {a: s3cret}]\n",
            "token: {s: s3cret}\n", "secret_key: !!int s3cret\n", "secret_key: 's3cret\n",
            "secret_key: s3cret: x\n", "secret_kye: s3cret\n", "secret_key: !x s3cret\n",
            "token: ${file:s3cret-is-not-read\n", "- s3cret\n", "s3cret\n", "token: !s3cret\n",
            "token: *s3cret\n", "<<: s3cret\n",
        ]
        for text in texts {
            let folder = try ConfigFolder(["a.yml": text])
            let faults = folder.faults(["a.yml"], variables: TemplateVariable.cloud)
            #expect(!faults.isEmpty)
            #expect(!faults.contains { $0.contains("s3cret") }, "\(faults)")
        }
    }
}
