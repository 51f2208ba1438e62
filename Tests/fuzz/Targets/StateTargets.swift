import FoundationEssentials

@testable import DeploymentState
@testable import Prov

/// Readers of a state directory, which others may have edited.
let stateTargets = [
    Target(
        name: "inventory",
        seeds: [],
        dictionary: [
            "[server]\n", "[client]\n", "[server:vars]\n", "\nserver-1 ", "ansible_host=",
            "ansible_user=",
            "ansible_port=", "public_ip=", "private_ip=", "host_key='ssh-ed25519 AAAA'", "'", "\"",
            "\\", "#",
            ";", "=", "\r", "\t", "\0", "\u{E9}", "e\u{301}",
        ],
        places: ["x.ini:"],
        read: { bytes, _ in
            let text = String(decoding: bytes, as: UTF8.self)
            let inventory = try Inventory(ini: text, file: "x.ini")
            return expectWellWritten(inventory)
        }
    ),
    Target(
        name: "record",
        seeds: [],
        dictionary: jsonWords + [
            "\"status\": \"ready\"", "\"expiresAt\": \"2026-11-20T23:59:59Z\"", "\"place\": {",
            "0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "999999-01-01T00:00:00Z",
            "-2026-01-01T00:00:00Z", "2026-13-45T25:61:61Z",
        ],
        places: ["deployment.json"],
        read: { bytes, scratch in
            let path = try scratch.file("deployment.json", bytes)
            let record = try DeploymentRecord(file: path)
            // What every command shows of it.
            for date in [record.createdAt, record.expiresAt].compactMap(\.self) {
                _ = Moment(date: date).text
                _ = Moment(date: date).age()
                _ = Moment(date: date).fileName
            }
            let copy = "\(scratch.folder)/copy.json"
            do {
                try record.write(to: copy)
                guard try DeploymentRecord(file: copy) == record else {
                    return .violated("written and read it is another: \(record)")
                }
            } catch {
                return .violated("what was read cannot be written and read: \(error)")
            }
            return .accepted
        }
    ),
]

/// Looks that the files made of an inventory say just what it says.
func expectWellWritten(_ inventory: Inventory) -> Verdict {
    let hosts = SSHFiles.config(
        for: inventory.nodes,
        identityFile: "/d/id",
        knownHostsFile: "/d/known_hosts"
    )
    let heads = hosts.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix(" ") }
    guard heads == (inventory.nodes.map { "Host \($0.name)" } + ["Host *"]).map({ $0[...] }) else {
        return .violated("ssh_config has other hosts:\n\(hosts)")
    }
    return .accepted
}

let jsonWords = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\udc00", "null", "true",
    "false", "{}", "[]",
    "\"\"", "1e400", "-0", "0.1", "\n", "\u{FEFF}", "[[[[[[[[", "{\"a\":", "\"name\"", "\"value\"",
]
