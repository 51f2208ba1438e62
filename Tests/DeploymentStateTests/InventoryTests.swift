import Testing

@testable import DeploymentState

@Suite("Inventory")
struct InventoryTests {
    @Test("sorts by group as people name them, then by index as a number")
    func order() throws {
        let inventory = Inventory(try Fixture.nodes())
        #expect(
            inventory.nodes.map(\.name)
                == ["server-0", "server-2", "server-10", "client-0", "monitor-0"]
        )
        #expect(inventory.groups == ["server", "client", "monitor"])
        #expect(inventory.group("server").map(\.index) == [0, 2, 10])
        #expect(inventory.seed == "10.0.0.2")
        #expect(Inventory([]).seed == nil)
    }

    @Test("reads back what it wrote, whatever characters the values have")
    func roundTrip() throws {
        let inventory = Inventory(try Fixture.nodes())
        let text = inventory.ini(identityFile: "/a b/id", knownHostsFile: "/it's 100%/known_hosts")
        #expect(try Inventory(ini: text, file: "inventory") == inventory)
    }

    @Test("reads what an editor has given other line ends")
    func lineEnds() throws {
        let inventory = Inventory(try Fixture.nodes())
        let text = inventory.ini(identityFile: "/d/id", knownHostsFile: "/d/known_hosts")
        let crlf = text.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\r\n")
        #expect(try Inventory(ini: crlf, file: "inventory") == inventory)
    }

    @Test("writes what Ansible reads")
    func text() throws {
        let node = try #require(
            Node(name: "server-0", publicIP: "198.18.0.2", privateIP: "10.0.0.2", user: "root")
        )
        let words =
            "server-0 ansible_host=198.18.0.2 ansible_user=root ansible_port=22"
            + " ansible_ssh_private_key_file=/d/id ansible_ssh_common_args='"
            + #"'"'"'-oUserKnownHostsFile="/d/known_hosts"'"'"'"#
            + " -oStrictHostKeyChecking=yes -oIdentitiesOnly=yes -oHashKnownHosts=no'"
            + " public_ip=198.18.0.2 private_ip=10.0.0.2"
        #expect(
            Inventory([node]).ini(identityFile: "/d/id", knownHostsFile: "/d/known_hosts")
                == "[server]\n\(words)\n\n[server:vars]\nseed=10.0.0.2\n"
        )
    }

    @Test(
        "names the file and line of what it cannot read",
        arguments: [
            ("[server]\nserver-0 a='b", "inventory:2: a quote is not closed"),
            ("[server]\n\nserver-0 word", "inventory:3: \"word\" is no key=value"),
            (
                "[server]\nserver-0 public_ip=1",
                "inventory:2: node \"server-0\" lacks an address, a user, or a right port"
            ),
            (
                "[client]\nserver-0 public_ip=1 private_ip=2 ansible_user=u",
                "inventory:2: node \"server-0\" stands in group \"client\""
            ),
            ("[server]\nserver-0 user=\u{1B}[2J", "inventory:2: a control character"),
            ("[server]\r\nserver-0 word\r\n", "inventory:2: \"word\" is no key=value"),
        ]
    )
    func malformed(text: String, expected: String) {
        let error = #expect(throws: InventoryError.self) {
            try Inventory(ini: text, file: "inventory")
        }
        #expect(error?.description == expected)
    }

    @Test("takes the group and the index from the name, and refuses other names")
    func names() throws {
        func node(_ name: String) -> Node? {
            Node(name: name, publicIP: "1", privateIP: "2", user: "u")
        }
        #expect(node("spare_1-12")?.group == "spare_1")
        #expect(node("spare_1-12")?.index == 12)
        for name in ["server", "server-", "-0", "server-01", "server-+1", "a-b-0", "0-0", "a b-0"] {
            #expect(node(name) == nil, "\(name)")
        }
    }

    @Test("suggests the nearest node for an unknown name")
    func unknown() throws {
        let error = #expect(throws: InventoryError.self) {
            try Inventory(try Fixture.nodes()).node("sever-0")
        }
        #expect(
            error?.description
                == "no node \"sever-0\" (did you mean \"server-0\"?); "
                + "the nodes: server-0 server-2 server-10 client-0 monitor-0"
        )
    }
}
