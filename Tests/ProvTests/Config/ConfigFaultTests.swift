import Foundation
import Glibc
import Testing

@testable import Prov

@Suite("Config faults", .timeLimit(.minutes(1)))
struct ConfigFaultTests {
    @Test("shows of a name that fills a file only the beginning, and the remedy")
    func long() throws {
        let name = String(repeating: "N", count: 100_000)
        let folder = try ConfigFolder(["a.yml": "owner: ${env:\(name)}\n"])
        let fault = try #require(folder.faults(["a.yml"]).first)
        #expect(fault.contains("a.yml:1:8: owner: environment variable \"NNN"))
        #expect(fault.hasSuffix("NNN\" is not set (export it)"))
        #expect(fault.utf8.count < 2_000)
    }

    @Test(
        "each names its place and remedy",
        arguments: [
            (
                "x_a: 1\nowner: me\n\nserver_cuont: 3\n",
                "local.yml:4:1: unknown key \"server_cuont\" (did you mean \"server_count\"?)"
            ),
            ("zzz: 1\n", "local.yml:1:1: unknown key \"zzz\" (start a key of your own with x_)"),
            ("5: 1\n", "local.yml:1:1: unknown key \"5\" (a key is a word)"),
            (
                "deployment_name: x\n",
                "local.yml:1:1: key \"deployment_name\" is set by prov itself (remove it)"
            ),
            (
                "\n\nserver_count: three\n",
                "local.yml:3:15: server_count must be an integer from 1 to 1000, found \"three\""
            ),
            (
                "system: ectd\n",
                "local.yml:1:9: system must be redis or etcd or postgresql or scylla or cassandra or service, found \"ectd\" (did you mean \"etcd\"?)"
            ),
            (
                "server_count: 0\n",
                "local.yml:1:15: server_count must be an integer from 1 to 1000, found 0"
            ),
            (
                "server_count: -1\n",
                "local.yml:1:15: server_count must be an integer from 1 to 1000, found -1"
            ),
            (
                "server_count: 3.0\n",
                "local.yml:1:15: server_count must be an integer from 1 to 1000, found 3.0"
            ),
            (
                "server_count: [3]\n",
                "local.yml:1:15: server_count must be an integer from 1 to 1000, found a list"
            ),
            (
                "server_cpus: .inf\n",
                "local.yml:1:14: server_cpus must be a number from 0.01 to 1024, found inf"
            ),
            (
                "server_cpuset: 3-1\n",
                "local.yml:1:16: server_cpuset must be processors such as 0-1,3, found \"3-1\""
            ),
            (
                "client_cpuset: -1\n",
                "local.yml:1:16: client_cpuset must be processors such as 0-1,3, found -1"
            ),
            (
                "server_count: 3\nserver_count: 4\n",
                "local.yml:2:1: duplicate key \"server_count\" (first set at local.yml:1:1)"
            ),
            (
                "image_packages: fio\n",
                "local.yml:1:17: image_packages must be a list of strings, found \"fio\""
            ),
            (
                "image_packages:\n- fio\n- 7\n",
                "local.yml:3:3: image_packages must be a list of strings, found 7 (quote it)"
            ),
            ("owner: 4504\n", "local.yml:1:8: owner must be a string, found 4504 (quote it)"),
            (
                "server_spot: yes\n",
                "local.yml:1:14: server_spot must be true or false, found \"yes\""
            ),
            (
                "ttl: soon\n",
                "local.yml:1:6: ttl must be a duration such as 8h, 90m or 1h30m, found \"soon\""
            ),
            ("ttl: 8\n", "local.yml:1:6: ttl must be a duration such as 8h, 90m or 1h30m, found 8"),
            (
                "ssh_cidr: ''\n",
                "local.yml:1:11: ssh_cidr must be a network such as 203.0.113.7/32, or auto,"
                    + " found \"\""
            ),
            (
                "ssh_cidr: 10.0.0.1/33\n",
                "local.yml:1:11: ssh_cidr must be a network such as 203.0.113.7/32, or auto,"
                    + " found \"10.0.0.1/33\""
            ),
            (
                "availability_zone: []\n",
                "local.yml:1:20: availability_zone must be a string or a list of strings,"
                    + " found an empty list"
            ),
            (
                "tags: {a: {b: c}}\n",
                "local.yml:1:11: tags must be a map of strings, found a mapping"
            ),
            ("secret_key: [s3cret]\n", "local.yml:1:13: secret_key must be a string, found a list"),
            (
                "secret_key: 1234567\n",
                "local.yml:1:13: secret_key must be a string, found an integer (quote it)"
            ),
            (
                "public_key_path: ${env:FOLDER}/id.pub\n",
                "local.yml:1:18: public_key_path names no file: its value (check the path)"
            ),
            (
                "private_key_path: ''\n",
                "local.yml:1:19: private_key_path must be the path of a file, found \"\""
            ),
            (
                "owner: !me\n",
                "local.yml:1:8: unknown tag (quote a value that starts with \"!\")"
            ),
            (
                "owner: *me\n",
                "local.yml:1:8: unknown alias (quote a value that starts with \"*\")"
            ),
            ("- a\n", "local.yml:1:1: the file must hold keys with values, found a list"),
            ("", "local.yml: the file is empty (set a key in it, or leave it out)"),
            ("# nothing\n", "local.yml: the file is empty (set a key in it, or leave it out)"),
            (
                "a: [\n",
                "local.yml:2:1: did not find expected node content while parsing a flow node that"
                    + " begins at 2:1"
            ),
            (
                "owner: ${env:MISSING}\n",
                "local.yml:1:8: owner: environment variable \"MISSING\" is not set (export it)"
            ),
            (
                "secret_key: ${env:OPEN\n",
                "local.yml:1:13: secret_key: \"${\" has no \"}\" (write $${ for the text)"
            ),
            (
                "server_count: ${env:WORD}\n",
                "local.yml:1:15: server_count must be an integer from 1 to 1000, found a string"
            ),
        ]
    )
    func table(text: String, expected: String) throws {
        let folder = try ConfigFolder(["local.yml": text])
        let environment = ["WORD": "many", "FOLDER": "/none"]
        #expect(folder.faults(["local.yml"], environment: environment) == [expected])
    }

    @Test("what may have no end is neither a config nor a file that one refers to")
    func noFile() throws {
        let folder = try ConfigFolder([
            "a.yml": "owner: ${file:pipe}\n", "b.yml": "owner: ${file:/dev/zero}\n",
        ])
        try #require(mkfifo("\(folder.path)/pipe", 0o600) == 0)
        let end = "is no regular file, and may have no end (name one)"
        #expect(
            folder.faults(["a.yml"]) == ["a.yml:1:8: owner: file \"pipe\" \(end)"]
        )
        #expect(
            folder.faults(["b.yml"]) == ["b.yml:1:8: owner: file \"/dev/zero\" \(end)"]
        )
        try #require(symlink("/dev/zero", "\(folder.path)/zero.yml") == 0)
        #expect(
            folder.faults(["zero.yml"])
                == ["zero.yml: is neither a file nor a pipe (name a config file)"]
        )
    }

    @Test("a config may be a pipe, which ends when its writers have; one that does not is given up")
    func pipes() throws {
        let folder = try ConfigFolder(["a.yml": "owner: me\n"])
        let path = "\(folder.path)/pipe.yml"
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: ConfigBytes.Fault.unended) { try ConfigBytes.read(path, pipe: .zero) }
        let writer = open(path, O_RDWR | O_CLOEXEC)
        try #require(writer >= 0)
        defer { close(writer) }
        try #require(write(writer, "owner: me\n", 10) == 10)
        // Its writer is still there.
        #expect(throws: ConfigBytes.Fault.unended) { try ConfigBytes.read(path, pipe: .zero) }
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        #expect(write(ends[1], "owner: me\n", 10) == 10)
        close(ends[1])
        let text = try ConfigBytes.read("/proc/self/fd/\(ends[0])", pipe: .seconds(60))
        #expect(text == Array("owner: me\n".utf8))
    }

    @Test("of many faults the first are shown, and how many more there are; each costs little")
    func many() throws {
        let keys = (0..<20_000).map { "server_coun\($0): 1\n" }.joined()
        let folder = try ConfigFolder(["a.yml": keys])
        let error = #expect(throws: ConfigErrors.self) {
            _ = try folder.load(["a.yml"], variables: TemplateVariable.local)
        }
        let lines = error?.description.split(separator: "\n") ?? []
        #expect(lines.count == 21)
        #expect(
            lines.first?.hasSuffix(
                "a.yml:1:1: unknown key \"server_coun0\" (did you mean \"server_count\"?)"
            )
                == true
        )
        #expect(lines.last == "… and 19980 more")
    }

    @Test(
        "a reference that leads nowhere is not shown whole, also if it is one letter with accents"
    )
    func longReference() throws {
        for part in ["A", "\u{301}"] {
            let name = String(repeating: part, count: 1 << 20)
            let folder = try ConfigFolder(["a.yml": "owner: ${env:\(name)}\n"])
            let fault = try #require(folder.faults(["a.yml"]).first)
            #expect(fault.utf8.count < 4_000)
            #expect(fault.hasSuffix("\" is not set (export it)"))
        }
    }

    @Test("a file that is missing, a folder or not UTF-8 is named")
    func files() throws {
        let folder = try ConfigFolder(["configs/local.yml": "owner: me\n"])
        try Data([0x61, 0xFF]).write(to: URL(filePath: "\(folder.path)/configs/bytes.yml"))
        #expect(
            folder.faults(["configs/locl.yml", "configs", "configs/bytes.yml", "none/x.yml"]) == [
                "configs/locl.yml: no such file (did you mean \"configs/local.yml\"?)",
                "configs: is a directory (name a config file in it)",
                "configs/bytes.yml:1:2: byte 0xFF is not UTF-8 (save the file as UTF-8)",
                "none/x.yml: no such file",
            ]
        )
    }

    @Test("all faults of all files come in one run, by place, and missing keys last")
    func all() throws {
        let folder = try ConfigFolder([
            "b.yml": "server_spot: maybe\nregoin: x\nserver_spot: no\n",
            "a.yml": "tags: 5\ndisks: {fast: [1, x]}\nfree: {}\n",
        ])
        #expect(
            folder.faults(["b.yml", "a.yml"], variables: TemplateVariable.cloud) == [
                "b.yml:1:14: server_spot must be true or false, found \"maybe\"",
                "b.yml:2:1: unknown key \"regoin\" (did you mean \"region\"?)",
                "b.yml:3:1: duplicate key \"server_spot\" (first set at b.yml:1:1)",
                "a.yml:1:7: tags must be a map of strings, found 5",
                "a.yml:2:19: disks must be a map of lists of numbers, found \"x\"",
                "b.yml, a.yml: missing key \"availability_zone\", which prov/local needs:"
                    + " Availability zone; of a list, the next is tried where one has no capacity",
                "b.yml, a.yml: missing key \"region\", which prov/local needs:"
                    + " AWS region, such as us-east-1",
            ]
        )
    }

    @Test("a file that cannot be read hides no key, so none is called missing")
    func unreadable() throws {
        let folder = try ConfigFolder(["a.yml": "tags: {}\n", "b.yml": "region: [\n"])
        let faults = folder.faults(["a.yml", "b.yml"], variables: TemplateVariable.cloud)
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("b.yml:2:1: did not find") == true)
    }
}
