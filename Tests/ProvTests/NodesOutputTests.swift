import DeploymentState
import Testing

@testable import Prov

@Suite("NodesOutput")
struct NodesOutputTests {
    private static let node =
        #""name":"server-0","group":"server","public_ip":"198.18.0.1","private_ip":"10.0.0.1","user":"root""#

    private func output(_ elements: String) -> String {
        #"{"nodes":{"sensitive":false,"type":["list"],"value":[\#(elements)]}}"#
    }

    @Test("reads nodes with all that is optional, after terraform's own warnings too")
    func nodes() throws {
        let text = output(
            "{\(Self.node),\"port\":2222,\"host_key\":\"ssh-ed25519 AAAA comment\\n\","
                + #""vars":{"rank":1,"half":0.5,"spot":true,"none":null,"zone":"a b"}}"#
        )
        let expected = Node(
            name: "server-0",
            publicIP: "198.18.0.1",
            privateIP: "10.0.0.1",
            user: "root",
            port: 2222,
            hostKey: "ssh-ed25519 AAAA",
            vars: ["rank": "1", "half": "0.5", "spot": "true", "zone": "a b"]
        )
        #expect(try NodesOutput.nodes(in: text) == [expected].compactMap(\.self))
        let warned = "There are some problems with the CLI configuration:\n\n" + text
        #expect(try NodesOutput.nodes(in: warned).count == 1)
        #expect(try NodesOutput.nodes(in: output("")) == [])
    }

    private static let word =
        "not a word of up to 255 letters, digits and . _ : @, with - behind its first"
    private static let line = "not one line of text without {{, {% and control characters"

    @Test(
        "takes nothing that a file of lines, a terminal or a template engine would obey",
        arguments: [
            (
                #""public_ip":"{{lookup('pipe','id')}}""#,
                "\"public_ip\" is \"{{lookup('pipe','id')}}\", \(word)"
            ),
            (#""user":"%h""#, "\"user\" is \"%h\", \(word)"),
            (#""public_ip":"fe80::1%eth0""#, "\"public_ip\" is \"fe80::1%eth0\", \(word)"),
            (#""user":"u\u001b[2J""#, "\"user\" is \"u?[2J\", \(word)"),
            (#""public_ip":"-oProxyCommand""#, "\"public_ip\" is \"-oProxyCommand\", \(word)"),
            (#""vars":{"a":"\u202egnp.exe"}"#, "\"vars.a\" is a string, \(line)"),
            (
                #""host_key":"ssh-ed25519 AAAA\n* ssh-ed25519 BBBB""#,
                "\"host_key\" is no OpenSSH public key line"
            ),
            (#""host_key":"ssh-ed25519 {{x}}""#, "\"host_key\" is no OpenSSH public key line"),
            (#""vars":{"a":"x\ny"}"#, "\"vars.a\" is a string, \(line)"),
            (#""vars":{"a":"x\r"}"#, "\"vars.a\" is a string, \(line)"),
            (#""vars":{"a":"{{ lookup('env','HOME') }}"}"#, "\"vars.a\" is a string, \(line)"),
            (#""vars":{"a":"{% x %}"}"#, "\"vars.a\" is a string, \(line)"),
        ]
    )
    func hostile(member: String, fault: String) {
        let base = [
            #""name":"server-0""#, #""group":"server""#, #""public_ip":"1""#, #""private_ip":"2""#,
            #""user":"u""#,
        ]
        let key = member.prefix { $0 != ":" }
        let members = base.filter { !$0.hasPrefix(key) } + [member]
        let text = "{\"nodes\":{\"value\":[{\(members.joined(separator: ","))}]}}"
        #expect(throws: ProvError.badOutput(["nodes[0] (server-0): \(fault)"])) {
            try NodesOutput.nodes(in: text)
        }
    }

    @Test(
        "no variable and no group says to Ansible what runs here, or means more than the node's own",
        arguments: [
            "ansible_connection", "ansible_ssh_executable", "ansible_become_exe",
            "ansible_python_interpreter", "ansible_host", "ansible_", "host_key",
        ]
    )
    func ansible(key: String) {
        let text = output("{\(Self.node),\"vars\":{\"\(key)\":\"x\"}}")
        let fault = "\"vars\" has the key \"\(key)\", which is reserved or no name"
        #expect(throws: ProvError.badOutput(["nodes[0] (server-0): \(fault)"])) {
            try NodesOutput.nodes(in: text)
        }
    }

    @Test("groups that Ansible knows are refused", arguments: ["all", "ungrouped", "localhost"])
    func group(name: String) {
        let text = output(Self.node.replacing("server", with: name).withBraces)
        let fault = "the group \"\(name)\" means something else to Ansible (rename it)"
        #expect(throws: ProvError.badOutput(["nodes[0] (\(name)-0): \(fault)"])) {
            try NodesOutput.nodes(in: text)
        }
    }

    @Test("a value longer than any needs is refused, and not shown whole")
    func long() throws {
        let (much, most) = (
            String(repeating: "a", count: 3 << 20), String(repeating: "a", count: 4_096)
        )
        func faults(_ member: String) -> [String] {
            do throws(ProvError) {
                _ = try NodesOutput.nodes(in: output("{\(Self.node),\(member)}"))
                return []
            } catch {
                guard case .badOutput(let faults) = error else { return ["\(error)"] }
                return faults
            }
        }
        let place = "nodes[0] (server-0):"
        #expect(faults("\"vars\":{\"a\":\"\(most)\"}") == [])
        #expect(
            faults("\"vars\":{\"a\":\"\(much)\"}")
                == ["\(place) \"vars.a\" is longer than 4096 bytes"]
        )
        #expect(
            faults("\"host_key\":\"ssh-rsa \(much)\"")
                == ["\(place) \"host_key\" is longer than 4096 bytes"]
        )
        let user = Self.node.replacing("root", with: much)
        #expect(
            throws: ProvError.badOutput([
                "\(place) \"user\" is \"\(String(repeating: "a", count: 80))…\", \(Self.word)"
            ])
        ) {
            try NodesOutput.nodes(in: output(user.withBraces))
        }
    }

    @Test(
        "names all that is missing or has a wrong shape",
        arguments: [
            ("", ["terraform output -json printed no JSON"]),
            ("{}", ["there is no output \"nodes\""]),
            (#"{"nodes":{"value":{}}}"#, ["output \"nodes\" is a map, not a list"]),
            (#"{"nodes":{"value":["x"]}}"#, ["nodes[0]: a string, not a map"]),
            (
                #"{"nodes":{"value":[{"name":"server-0","group":5,"user":"","port":0}]}}"#,
                [
                    "nodes[0] (server-0): \"group\" is a number, \(word)",
                    "nodes[0] (server-0): no \"public_ip\"",
                    "nodes[0] (server-0): no \"private_ip\"",
                    "nodes[0] (server-0): \"user\" is \"\", \(word)",
                    "nodes[0] (server-0): \"port\" is no whole number in 1 to 65535",
                ]
            ),
            (
                "{\"nodes\":{\"value\":[{\(node)},{\(node)}]}}",
                ["nodes[1]: a second node \"server-0\""]
            ),
            (
                "{\"nodes\":{\"value\":[{\(node),\"host_key\":\"x\",\"vars\":{\"a b\":1,\"l\":[]}}]}}",
                [
                    "nodes[0] (server-0): \"host_key\" is no OpenSSH public key line",
                    "nodes[0] (server-0): \"vars\" has the key \"a b\", which is reserved or no name",
                    "nodes[0] (server-0): \"vars.l\" is a list, \(line)",
                ]
            ),
            (
                #"{"nodes":{"value":[{"name":"db","group":"server","public_ip":"1","private_ip":"2","user":"u"}]}}"#,
                ["nodes[0] (db): a node of group \"server\" is named \"server-INDEX\""]
            ),
        ]
    )
    func faults(text: String, expected: [String]) {
        #expect(throws: ProvError.badOutput(expected)) { try NodesOutput.nodes(in: text) }
    }
}

extension String {
    /// The members of a JSON object as one.
    fileprivate var withBraces: String { "{\(self)}" }
}
