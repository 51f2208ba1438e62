import DeploymentState
import FoundationEssentials
import Synchronization
import Testing

@testable import Prov

@Suite("Terraform's state after a kill or a full disk")
struct StateRepairTests {
    private static let old = "{\"version\": 4, \"serial\": 1}"
    private static let new = "{\"version\": 4, \"serial\": 2}"

    private static let node =
        "{\"mode\": \"managed\", \"type\": \"t\", \"name\": \"node\", \"instances\": [{\"index_key\": \"a-0\"}]}"
    private static let full = "{\"serial\": 2, \"lineage\": \"l\", \"resources\": [\(node)]}"
    private static let emptied = "{\"serial\": 3, \"lineage\": \"l\", \"resources\": []}"
    private static let other = "{\"serial\": 9, \"lineage\": \"m\", \"resources\": [\(node)]}"

    /// What lies in the folder, and what comes of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// `nil`: absent.
        var state: String?
        var backup: String?
        var kept: String?
        var errored: String?
        var status = DeploymentRecord.Status.ready
        /// The state afterwards.
        let result: String?
        /// Whether all is known.
        var isSound = true
        var lines = 0
    }

    static let cases = [
        Case(testDescription: "whole", state: new, backup: old, result: new),
        Case(
            testDescription: "empty, kept",
            state: "",
            backup: old,
            kept: new,
            result: new,
            lines: 1
        ),
        Case(
            testDescription: "halved, only an older one",
            state: "{\"version\": 4, \"resou",
            backup: old,
            status: .partial,
            result: old,
            isSound: false,
            lines: 1
        ),
        Case(
            testDescription: "halved at a brace",
            state: "{\"version\": 4, \"resources\": [{}",
            result: nil,
            isSound: false,
            lines: 1
        ),
        Case(
            testDescription: "an older one in its place",
            state: old,
            kept: new,
            result: new,
            lines: 1
        ),
        Case(
            testDescription: "an older one in the middle of a change",
            state: old,
            kept: new,
            status: .partial,
            result: new,
            isSound: false,
            lines: 1
        ),
        Case(
            testDescription: "another deployment's in its place",
            state: other,
            kept: full,
            result: full,
            lines: 1
        ),
        Case(
            testDescription: "the same number with less in it",
            state: emptied.replacing("3", with: "2"),
            kept: full,
            result: full,
            lines: 1
        ),
        Case(
            testDescription: "emptied by another",
            state: emptied,
            kept: full,
            result: emptied,
            isSound: false
        ),
        Case(
            testDescription: "emptied after a change that was cut short, which ends not all",
            state: emptied,
            kept: full,
            status: .partial,
            result: emptied,
            isSound: false
        ),
        Case(
            testDescription: "emptied by an end that was cut short",
            state: emptied,
            kept: full,
            status: .destroying,
            result: emptied
        ),
        Case(testDescription: "gone, nothing kept", result: nil, isSound: false),
        Case(testDescription: "gone, kept", kept: new, result: new, lines: 1),
        Case(
            testDescription: "gone in the middle of a change",
            kept: old,
            status: .provisioning,
            result: old,
            isSound: false,
            lines: 1
        ),
        Case(
            testDescription: "an errored.tfstate of no bytes",
            state: old,
            errored: "",
            status: .partial,
            result: old,
            isSound: false
        ),
    ]

    @Test(
        "is gone on from where all is known, and is refused where it may not be",
        arguments: cases
    )
    func table(_ one: Case) async throws {
        try await withTemporaryDirectory { folder in
            let files = try files(folder)
            let state = files.terraform + "/terraform.tfstate"
            let parts = [
                (one.state, state), (one.backup, state + ".backup"),
                (one.kept, files.path + "/last.tfstate"),
                (one.errored, files.terraform + "/errored.tfstate"),
            ]
            for (text, path) in parts { try text.map { try Files.write($0, to: path) } }
            let said = Mutex(0)
            let repair = StateRepair(record(one.status), files: files) { _ in
                said.withLock { $0 += 1 }
            }
            if one.isSound {
                #expect(try await repair.isSound(terraform(files), mayBeGone: false))
            } else {
                let fault = await #expect(throws: ProvError.self) {
                    try await repair.isSound(terraform(files), mayBeGone: false)
                }
                guard case .lostState(name: "demo", _) = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
            }
            #expect((Files.exists(state) ? try Files.read(state) : nil) == one.result)
            #expect(said.withLock { $0 } == one.lines)
            // It stays so until somebody has looked.
            if !one.isSound {
                await #expect(throws: ProvError.self) {
                    try await repair.isSound(terraform(files), mayBeGone: false)
                }
                #expect(try await !repair.isSound(terraform(files), mayBeGone: true))
            }
        }
    }

    @Test("one that knows nothing of what was ready, where none is kept, is told with the nodes")
    func nothingKept() async throws {
        try await withTemporaryDirectory { folder in
            let files = try files(folder)
            try record(.ready).write(to: files.record)
            try Files.write(Self.emptied, to: files.terraform + "/terraform.tfstate")
            let node =
                "[server]\nserver-0 ansible_user=u public_ip=127.0.0.1 private_ip=127.0.0.1\n"
            try Files.write(node, to: files.inventory)
            let fault = await #expect(throws: ProvError.self) {
                try await StateRepair(record(.ready), files: files) { _ in }
                    .isSound(terraform(files), mayBeGone: false)
            }
            #expect(fault.map { "\($0)".contains("does not know server-0, so") } == true)
        }
    }

    @Test("is mended before terraform's init reads it, and what was lost is not forgotten")
    func mended() async throws {
        try await withTemporaryDirectory { folder in
            let files = try files(folder)
            let state = files.terraform + "/terraform.tfstate"
            try Files.write("{\"version\": 4, \"resou", to: state)
            try Files.write(Self.old, to: state + ".backup")
            try StateRepair(record(.partial), files: files) { _ in }.mend()
            #expect(try Files.read(state) == Self.old)
            let fault = await #expect(throws: ProvError.self) {
                try await StateRepair(record(.partial), files: files) { _ in }
                    .isSound(terraform(files), mayBeGone: false)
            }
            #expect(fault.map { "\($0)".contains("was cut short") } == true)
        }
    }

    @Test("after an end, what ended is still known")
    func keptIDs() async throws {
        try await withTemporaryDirectory { folder in
            let files = try files(folder)
            #expect(StateRepair.keptIDs(files) == [])
            let network = """
                {"resources": [
                  {"mode": "managed", "instances": [{"attributes": {"id": "vpc-1"}}]},
                  {"mode": "data", "instances": [{"attributes": {"id": "vpc-2"}}]}
                ]}
                """
            try Files.write("{\"resources\": []}", to: files.path + "/last.tfstate")
            try Files.write(network, to: files.terraform + "/terraform.tfstate.backup")
            #expect(StateRepair.keptIDs(files) == ["vpc-1"])
        }
    }

    @Test("need not know all where the template finds the rest")
    func sweep() async throws {
        try await withTemporaryDirectory { folder in
            let files = try files(folder)
            try Files.write("#!/bin/sh\n", to: files.terraform + "/sweep", mode: 0o700)
            let repair = StateRepair(record(.ready), files: files) { _ in }
            #expect(try await !repair.isSound(terraform(files), mayBeGone: false))
        }
    }

    private func files(_ folder: String) throws -> StateFiles {
        let files = StateFiles("\(folder)/demo")
        try Files.makeDirectory(files.path)
        try Files.makeDirectory(files.terraform)
        try TemplateCopy(files: files).markApplied()
        return files
    }

    private func record(_ status: DeploymentRecord.Status) -> DeploymentRecord {
        DeploymentRecord(
            name: "demo",
            id: "0123abcd",
            template: "/t",
            configs: [],
            createdAt: Date(timeIntervalSince1970: 0),
            createdBy: "me@here",
            status: status,
            identity: "id_ed25519",
            terraform: "/none"
        )
    }

    private func terraform(_ files: StateFiles) -> Terraform {
        Terraform(
            program: "/none",
            files: files,
            deployment: "0123abcd",
            variables: [:],
            secrets: []
        )
    }
}

@Suite("The end of a deployment")
struct EndingTests {
    @Test(
        "misses machines that the state knows and the plan does not find; spot ones if all have gone"
    )
    func absent() throws {
        func node(_ name: String, _ market: String) throws -> Node {
            try #require(
                Node(
                    name: name,
                    publicIP: "1",
                    privateIP: "2",
                    user: "u",
                    vars: ["market": market]
                )
            )
        }
        let nodes = [try node("server-0", "on-demand"), try node("client-0", "spot")]
        let (server, client) = (
            "aws_instance.node[\"server-0\"]", "aws_instance.node[\"client-0\"]"
        )
        func absent(_ there: Set<String>, known: Set<String>? = nil) -> [String] {
            Ending.absent(nodes, known: known ?? [server, client], there: there)
        }
        #expect(absent([server, client]) == [])
        #expect(absent([server]) == [])
        #expect(absent([client]) == ["server-0"])
        #expect(absent([]) == ["server-0", "client-0"])
        #expect(absent([], known: []) == [])
        let plan = """
            {"resource_changes": [
              {"address": "a", "change": {"actions": ["delete"]}},
              {"address": "b", "change": {"actions": ["no-op"]}}]}
            """
        #expect(Ending.destroyed(in: plan) == ["a"])
        #expect(Ending.destroyed(in: "{}") == [])
    }
}
