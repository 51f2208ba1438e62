import Foundation
import Testing
import YAML

@Suite("YAML fixtures", .timeLimit(.minutes(1)))
struct FixtureTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures")

    private func read(_ name: String) throws -> YAMLNode {
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        return try #require(try YAMLNode.parse(text, file: name))
    }

    @Test(
        "means what ruamel.yaml reads by YAML 1.2",
        arguments: ["scylla", "cassandra", "merge", "strings", "numbers"]
    )
    func differential(name: String) throws {
        // JSON is YAML, so that one comparison covers types; only order under `<<` is a matter of taste.
        let ours = unordered(try read("\(name).yml"))
        let theirs = unordered(try read("\(name).json"))
        let isSame = ours == theirs
        #expect(isSame, "ours:\n\(ours.emitted())\ntheirs:\n\(theirs.emitted())")
    }

    @Test(
        "survives being written and read again, with order",
        arguments: ["scylla", "cassandra", "merge", "strings", "numbers"]
    )
    func roundTrip(name: String) throws {
        let node = try read("\(name).yml")
        #expect(try YAMLNode.parse(node.emitted(), file: "again") == node)
    }

    @Test("an edited scylla.yaml keeps order and types, and words that are no booleans stay plain")
    func edit() throws {
        var settings = try read("scylla.yml")
        settings["num_tokens"] = 16
        settings["client_encryption_options"]?["enabled"] = true
        settings["listen_address"] = "198.18.0.12"
        settings["partitioner"] = nil
        settings["mode"] = "0644"
        let lines = settings.emitted().split(separator: "\n").map(String.init)
        #expect(lines.first == "cluster_name: Bench 4504")
        #expect(lines[1] == "num_tokens: 16")
        #expect(lines[2] == "initial_token: -9223372036854775808")
        #expect(lines[3] == "hinted_handoff_enabled: yes")
        #expect(lines.contains("phi_convict_threshold: 8.0"))
        #expect(lines.contains("  enabled: true"))
        #expect(lines.contains("broadcast_address: null"))
        #expect(lines.contains("listen_address: \"198.18.0.12\""))
        #expect(!lines.contains { $0.hasPrefix("partitioner:") })
        #expect(lines.last == "mode: \"0644\"")
    }

    @Test(
        "no text, however broken, ends the parser in a trap, and what it reads it can write",
        arguments: ["scylla", "cassandra", "merge", "strings", "numbers"]
    )
    func broken(name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: "\(name).yml")))
        let odd = Array("\0\t\n\r -:?#&*!|>'\"%@`[]{},<~\\xé\u{FEFF}".utf8) + [0xFF, 0xC3, 0x80]
        var state: UInt64 = 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<300 {
            var broken = bytes
            for _ in 0...next(4) {
                let place = next(broken.count)
                switch next(3) {
                case 0: broken[place] = odd[next(odd.count)]
                case 1: broken.insert(odd[next(odd.count)], at: place)
                default: broken.removeSubrange(place..<min(broken.count, place + next(9)))
                }
            }
            do throws(YAMLError) {
                guard let node = try YAMLNode.parse(bytes: broken, file: "b.yml") else { continue }
                #expect(try YAMLNode.parse(node.emitted(), file: "again.yml") == node)
            } catch {
                #expect(error.mark.line >= 1 && error.mark.column >= 1)
            }
        }
    }

    /// Sorts keys, and writes those that are no strings as the fixtures do: `!!int 1`.
    private func unordered(_ node: YAMLNode) -> YAMLNode {
        switch node.value {
        case .sequence(let nodes):
            return YAMLNode(.sequence(nodes.map(unordered)))
        case .float(let number) where number.isInfinite:
            return number < 0 ? "-inf" : "inf"
        case .mapping(let mapping):
            var sorted = YAMLMapping()
            let entries = mapping.entries.map { (label($0.key), unordered($0.value)) }
            for (key, value) in entries.sorted(by: { $0.0 < $1.0 }) { sorted[key] = value }
            return YAMLNode(.mapping(sorted))
        default:
            return node
        }
    }

    private func label(_ key: YAMLNode) -> String {
        switch key.value {
        case .int(let number): "!!int \(number)"
        case .float(let number): "!!float \(number)"
        case .bool(let flag): "!!bool \(flag)"
        case .null: "!!null null"
        default: key.string ?? "?"
        }
    }
}
