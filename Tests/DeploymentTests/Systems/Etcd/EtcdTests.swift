import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("etcd")
struct EtcdTests {
    private let etcd = Etcd()

    private func servers(_ count: Int) throws -> [Node] {
        try (0..<count).map { try Node.made("server-\($0)", address: "198.18.0.1\($0)") }
    }

    @Test("has its options in a file of variables, beside what a member needs")
    func configuration() throws {
        let nodes = try servers(2)
        let debian = "## etcd(1) daemon options\n# ETCD_NAME=default\n"
        let text = try etcd.configuration(
            "/etc/default/etcd",
            from: debian,
            for: nodes[1],
            in: nodes,
            settings: ["snapshot-count": "5000", "heartbeat-interval": "50"]
        )
        #expect(
            text == """
                ## etcd(1) daemon options
                # ETCD_NAME=default
                ETCD_NAME=server-1
                ETCD_LISTEN_CLIENT_URLS=http://127.0.0.1:2379,http://198.18.0.11:2379
                ETCD_ADVERTISE_CLIENT_URLS=http://198.18.0.11:2379
                ETCD_LISTEN_PEER_URLS=http://198.18.0.11:2380
                ETCD_INITIAL_ADVERTISE_PEER_URLS=http://198.18.0.11:2380
                ETCD_HEARTBEAT_INTERVAL=50
                ETCD_SNAPSHOT_COUNT=5000

                """
        )
        let joined = text + "ETCD_INITIAL_CLUSTER=a=b\nETCD_INITIAL_CLUSTER_STATE=new\n"
        let found = etcd.settings(in: joined, of: "/etc/default/etcd")
        #expect(found["snapshot-count"] == "5000")
        #expect(found["initial-cluster"] == nil && found["initial-cluster-state"] == nil)
        let kept = try etcd.configuration(
            "/etc/default/etcd",
            from: joined,
            for: nodes[1],
            in: nodes,
            settings: ["heartbeat-interval": "", "snapshot-count": "5000"]
        )
        #expect(kept == joined.replacing("ETCD_HEARTBEAT_INTERVAL=50\n", with: ""))
    }

    @Test(
        "takes no setting that the deployment makes, and none that its file cannot hold",
        arguments: [
            ("data-dir", "/x", #"setting "data-dir" is not free: the deployment sets it"#),
            (
                "initial-cluster", "a",
                #"setting "initial-cluster" is not free: the deployment sets it"#
            ),
            (
                "listen-client-urls", "a",
                #"setting "listen-client-urls" is not free: the deployment sets it"#
            ),
            (
                "snapshot count", "1",
                #"setting "snapshot count=1" has a line break, or no name: write NAME=VALUE"#
            ),
            (
                "quota", "a b",
                #"setting "quota=a b" has a line break, or no name: write NAME=VALUE"#
            ),
        ]
    )
    func refused(name: String, value: String, problem: String) throws {
        let nodes = try servers(1)
        let error = #expect(throws: DatabaseError.self) {
            try etcd.configuration(
                "/etc/default/etcd",
                from: "",
                for: nodes[0],
                in: nodes,
                settings: [name: value]
            )
        }
        #expect(error?.description == problem)
    }

    @Test("sends these texts to its servers")
    func texts() throws {
        let nodes = try servers(3)
        try Golden.expect(
            etcd.beforeStart(nodes[2], through: [nodes[0], nodes[1]]),
            is: "etcd-join.bash",
            "server-2 http://198.18.0.12:2380 http://198.18.0.10:2379,http://198.18.0.11:2379"
        )
        try Golden.expect(
            etcd.beforeStart(nodes[0], through: []),
            is: "etcd-join.bash",
            "server-0 http://198.18.0.10:2380 ''"
        )
        try Golden.expect(
            etcd.isServing(nodes[0], in: nodes),
            is: "etcd-serves.bash",
            "http://198.18.0.10:2380 http://198.18.0.11:2380 http://198.18.0.12:2380"
        )
        try Golden.expect(etcd.isQuiet(nodes[0]), is: "etcd-quiet.bash")
        try Golden.expect(etcd.census(nodes[0]), is: "etcd-census.bash")
        try Golden.expect(etcd.fingerprint(nodes[0]), is: "etcd-fingerprint.bash")
        try Golden.expect(etcd.inForce(nodes[0]), is: "etcd-in-force.bash")
        #expect(
            etcd.isMember(nodes[0])?.command.text == "sudo -n test -e /var/lib/etcd/default/member"
        )
        #expect(etcd.isUp(nodes[0]).command.text == "etcdctl endpoint status")
        #expect(etcd.standing(nodes[0])?.command.text == "etcdctl member list")
        #expect(
            etcd.flush(nodes[0]).command.text == "etcdctl defrag --command-timeout 600s"
        )
    }

    @Test("dismisses members that are no servers any more, also those that never started")
    func strangers() throws {
        let nodes = try servers(2)
        let mine = """
            a1, started, server-0, http://198.18.0.10:2380, http://198.18.0.10:2379, false
            b2, started, server-1, http://198.18.0.11:2380, http://198.18.0.11:2379, false

            """
        #expect(etcd.join(nodes, standing: [nodes[0]: mine, nodes[1]: mine]) == nil)
        let more =
            mine
            + "c3, started, server-2, http://198.18.0.12:2380, http://198.18.0.12:2379, false\n"
            + "d4, unstarted, , http://198.18.0.13:2380, , false\n"
        let step = try #require(etcd.join(nodes, standing: [nodes[0]: more, nodes[1]: mine]))
        #expect(
            step.calls.mapValues { $0.map(\.command.text) } == [
                nodes[0]: ["etcdctl member remove c3", "etcdctl member remove d4"]
            ]
        )
        #expect(step.lostKeys == [:] && !step.isLast)
    }

    @Test("says its version, its options, and what is wrong with it")
    func inForce() throws {
        let answer = """
            "Version" : "3.4.23"
            ETCD_NAME=server-0
            ETCD_INITIAL_CLUSTER=server-0=http://198.18.0.10:2380
            ETCD_SNAPSHOT_COUNT=5000

            """
        #expect(
            try etcd.inForce(from: answer)
                == InForce(
                    version: "3.4.23",
                    settings: ["name": "server-0", "snapshot-count": "5000"]
                )
        )
        let full = try etcd.inForce(from: answer + "memberID:123 alarm:NOSPACE \n")
        #expect(full.faults == ["memberID:123 alarm:NOSPACE "])
        #expect(throws: DatabaseError.self) { try etcd.inForce(from: "Error: context deadline") }
    }
}
