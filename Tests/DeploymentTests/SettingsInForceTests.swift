import Testing

@testable import Deployment

@Suite("Settings in force")
struct SettingsInForceTests {
    @Test("values that mean the same are the same, whatever their case and unit")
    func same() {
        let asked = [
            "MaxMemory": "100mb", "appendfsync": "Always", "dir": "\"/x\"", "save": "60 1",
        ]
        let found = ["maxmemory": "104857600", "appendfsync": "always", "dir": "/x", "save": "1 1"]
        #expect(SettingsInForce.differences(asked: asked, found: found).isEmpty)
    }

    @Test("what differs, and what the database does not know, is named")
    func differs() {
        let differences = SettingsInForce.differences(
            asked: ["appendfsync": "always", "hzz": "10", "hz": "10"],
            found: ["appendfsync": "everysec", "hz": "10"]
        )
        #expect(
            differences == ["appendfsync is \"everysec\", not \"always\"", "hzz is not known"]
        )
    }
}
