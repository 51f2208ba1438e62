import Testing

@testable import Deployment

@Suite("a file of variables")
struct EnvironmentFileTests {
    private let text = """
        # ETCD_NAME=old
        ETCD_NAME=a
        DAEMON_ARGS=
        ETCD_SNAPSHOT_COUNT=1
        ETCD_SNAPSHOT_COUNT=2
        """

    @Test("has options under a prefix, of which the last line of a name counts")
    func read() {
        let file = EnvironmentFile(text, prefix: "ETCD_")
        #expect(file.settings == ["name": "a", "snapshot-count": "2"])
        #expect(file["snapshot-count"] == "2")
        #expect(file["data-dir"] == nil)
        #expect(file.text == text + "\n")
    }

    @Test("keeps its other lines where an option is set, added or removed")
    func write() {
        var file = EnvironmentFile(text, prefix: "ETCD_")
        file["snapshot-count"] = "3"
        file["data-dir"] = "/x"
        file["name"] = nil
        #expect(
            file.text == """
                # ETCD_NAME=old
                DAEMON_ARGS=
                ETCD_SNAPSHOT_COUNT=3
                ETCD_DATA_DIR=/x

                """
        )
    }
}
