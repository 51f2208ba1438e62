import Testing
import YAML

@testable import Deployment

@Suite("A YAML file, edited")
struct YAMLTextTests {
    /// In the shape of the vendors' files: options that count, options in comments, lists and mappings.
    private static let vendor = """
        # Settings of one node.

        # Nodes of another cluster have another name.
        cluster_name: 'Test Cluster'
        num_tokens: 16   # of each node

        # initial_token:
        # Options of several lines:
        # audit:
        #    enabled: true
        data_file_directories:
            - /var/lib/x/data   # the first disk
            # - /mnt/second/data
        commitlog_sync: periodic
        hinted_handoff_enabled: true
        phi_convict_threshold: 8.50
        memory: 0x10
        seed_provider:
            # The contact points.
            - class_name: org.apache.cassandra.locator.SimpleSeedProvider
              parameters:
                  # Divided by commas.
                  - seeds: "127.0.0.1"  # one is enough
        listen_address: localhost
        broadcast_address:
        client_encryption_options:
          enabled: false
          # keystore: conf/.keystore
          protocols: [TLSv1.2,
            TLSv1.3]
        # The last of the comments.

        """

    /// What an edit changes, as lines removed and added.
    private func change(
        _ path: String,
        to value: String?,
        in text: String = vendor
    ) throws -> (removed: [String], added: [String]) {
        var edited = YAMLText(text, file: "x.yaml")
        try edited.set(path.split(separator: "/").map(String.init), to: value)
        let before = text.split(separator: "\n", omittingEmptySubsequences: false)
        let after = edited.text.split(separator: "\n", omittingEmptySubsequences: false)
        let difference = after.difference(from: before)
        let removed = difference.removals.compactMap { step -> String? in
            if case .remove(_, let line, _) = step { String(line) } else { nil }
        }
        let added = difference.insertions.compactMap { step -> String? in
            if case .insert(_, let line, _) = step { String(line) } else { nil }
        }
        return (removed, added)
    }

    @Test(
        "has one value changed in its line, with its comment and its quotes",
        arguments: [
            ("cluster_name", "Mine", "cluster_name: 'Mine'"),
            ("cluster_name", "it's", "cluster_name: 'it''s'"),
            ("cluster_name", "4504", "cluster_name: '4504'"),
            ("num_tokens", "256", "num_tokens: 256   # of each node"),
            ("hinted_handoff_enabled", "false", "hinted_handoff_enabled: false"),
            ("phi_convict_threshold", "12", "phi_convict_threshold: 12"),
            ("commitlog_sync", "batch", "commitlog_sync: batch"),
            ("listen_address", "::1", "listen_address: ::1"),
            ("commitlog_sync", "a # b", "commitlog_sync: 'a # b'"),
            ("commitlog_sync", "a: b", "commitlog_sync: 'a: b'"),
            ("commitlog_sync", "[a, b]", "commitlog_sync: [a, b]"),
            ("broadcast_address", "10.0.0.1", "broadcast_address: 10.0.0.1"),
            (
                "seed_provider/0/parameters/0/seeds", "10.0.0.1,10.0.0.2",
                #"          - seeds: "10.0.0.1,10.0.0.2"  # one is enough"#
            ),
            (
                "seed_provider/0/parameters/0/seeds", #"a"b\"#,
                #"          - seeds: "a\"b\\"  # one is enough"#
            ),
            ("seed_provider/0/class_name", "x.Y", "    - class_name: x.Y"),
            ("client_encryption_options/enabled", "true", "  enabled: true"),
            ("data_file_directories/0", "/data", "    - /data   # the first disk"),
        ]
    )
    func replaced(path: String, value: String, line: String) throws {
        let (removed, added) = try change(path, to: value)
        #expect(removed.count == 1)
        #expect(added == [line])
    }

    @Test("has a value of several lines replaced by one, and keeps the comments around it")
    func severalLines() throws {
        let directories = try change("data_file_directories", to: "[/a, /b]")
        #expect(
            directories.removed == [
                "data_file_directories:", "    - /var/lib/x/data   # the first disk",
            ]
        )
        #expect(directories.added == ["data_file_directories: [/a, /b]"])
        let protocols = try change("client_encryption_options/protocols", to: "[TLSv1.3]")
        #expect(protocols.removed == ["  protocols: [TLSv1.2,", "    TLSv1.3]"])
        #expect(protocols.added == ["  protocols: [TLSv1.3]"])
        let folded = try change("a", to: "c", in: "a: >\n  b\n  # no comment\n  c\nd: 1\n")
        #expect(folded.removed == ["a: >", "  b", "  # no comment", "  c"])
        #expect(folded.added == ["a: c"])
    }

    @Test("has a new entry behind the comment that shows it, or at the end of its mapping")
    func added() throws {
        var text = YAMLText(Self.vendor, file: "x.yaml")
        try text.set(["initial_token"], to: "-5")
        try text.set(["audit", "enabled"], to: "true")
        try text.set(["enable_tablets"], to: "false")
        try text.set(["client_encryption_options", "optional"], to: "true")
        try text.set(["broadcast_address", "deep", "er"], to: "1")
        let lines = text.text.split(separator: "\n").map(String.init)
        func behind(_ line: String, _ count: Int = 1) -> [String] {
            let index = lines.firstIndex(of: line) ?? -1
            return Array(lines[(index + 1)...].prefix(count))
        }
        #expect(behind("# initial_token:") == ["initial_token: -5"])
        #expect(behind("#    enabled: true", 2) == ["audit:", "    enabled: true"])
        #expect(behind("    TLSv1.3]", 2) == ["  optional: true", "# The last of the comments."])
        #expect(behind("broadcast_address:", 2) == ["    deep:", "        er: 1"])
        #expect(lines.last == "enable_tablets: false")
        #expect(try text.settings()["audit.enabled"] == "true")
        // A comment that only looks like the place for it: the end serves.
        let nested = try change("b", to: "1", in: "a:\n  c: 1\n# b:\n  d: 2\n")
        #expect(nested.added == ["b: 1"])
    }

    @Test("has an entry removed with what stands below it, and its mapping with the last one")
    func removed() throws {
        #expect(try change("num_tokens", to: nil).removed == ["num_tokens: 16   # of each node"])
        #expect(try change("nothing", to: nil).removed == [])
        #expect(try change("nothing/below", to: nil).removed == [])
        #expect(
            try change("client_encryption_options", to: nil).removed == [
                "client_encryption_options:", "  enabled: false",
                "  # keystore: conf/.keystore", "  protocols: [TLSv1.2,", "    TLSv1.3]",
            ]
        )
        let last = try change("a/b/c", to: nil, in: "x: 1\na:\n  b:\n    c: 1\ny: 2\n")
        #expect(last.removed == ["a:", "  b:", "    c: 1"])
        #expect(try change("a", to: nil, in: "a: 1\n").removed == ["a: 1"])
    }

    @Test("is the same text after an edit and its opposite")
    func thereAndBack() throws {
        var text = YAMLText(Self.vendor, file: "x.yaml")
        for path in [["enable_tablets"], ["initial_token"], ["audit", "enabled"], ["num_tokens"]] {
            let old = try text.node(at: path)?.int.map { "\($0)" }
            try text.set(path, to: "5")
            #expect(text.text != Self.vendor)
            try text.set(path, to: old)
            #expect(text.text == Self.vendor, "\(path)")
        }
    }

    @Test(
        "is left alone where an edit would change anything else",
        arguments: [
            ("a/b", "1", "a: 5\n"), ("a/b", "1", "a: {}\n"), ("a/b", "1", "a: {b: 2, c: 3}\n"),
            ("a/0/b", nil, "a:\n  - b: 1\n    c: 2\n"), ("a/0", "x", "a:\n  - [1, 2]\n"),
            ("a/3", "x", "a:\n  - 1\n"), ("a", "1\nb: 2", "a: 5\n"), ("a", "5", "a: &x 1\nb: *x\n"),
            ("b/c", "2", "a: &x\n  c: 1\nb: *x\n"),
        ]
    )
    func refused(path: String, value: String?, text: String) throws {
        var edited = YAMLText(text, file: "x.yaml")
        let error = #expect(throws: YAMLEditError.self) {
            try edited.set(path.split(separator: "/").map(String.init), to: value)
        }
        #expect(
            error?.description.hasPrefix(
                "x.yaml: \"\(path.replacing("/", with: "."))\" cannot be set: "
            ) == true
        )
        #expect(error?.description.hasSuffix(": edit the file by hand") == true)
        #expect(edited.text == text)
    }

    @Test("that is no YAML is refused with its line")
    func broken() {
        var text = YAMLText("a: 1\na: 2\n", file: "x.yaml")
        let error = #expect(throws: YAMLError.self) { try text.set(["b"], to: "1") }
        #expect(error?.description.hasPrefix("x.yaml:2:1: ") == true)
    }

    @Test("lists its settings by paths, and values by what they are read as")
    func settings() throws {
        #expect(
            try YAMLText(Self.vendor, file: "x.yaml").settings() == [
                "cluster_name": "Test Cluster", "num_tokens": "16",
                "data_file_directories": "[/var/lib/x/data]", "commitlog_sync": "periodic",
                "hinted_handoff_enabled": "true", "phi_convict_threshold": "8.5", "memory": "16",
                "seed_provider.0.class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
                "seed_provider.0.parameters.0.seeds": "127.0.0.1", "listen_address": "localhost",
                "client_encryption_options.enabled": "false",
                "client_encryption_options.protocols": "[TLSv1.2, TLSv1.3]",
            ]
        )
        #expect(try YAMLText("# nothing\n", file: "x.yaml").settings() == [:])
        var empty = YAMLText("", file: "x.yaml")
        try empty.set(["a"], to: "yes")
        #expect(empty.text == "a: yes\n")
    }
}
