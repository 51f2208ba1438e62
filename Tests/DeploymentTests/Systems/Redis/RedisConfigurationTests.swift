import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("RedisCluster configuration")
struct RedisConfigurationTests {
    private let debian = """
        # bind 192.168.1.100
        bind 127.0.0.1 -::1
        protected-mode yes
        port 6379
        save 900 1
        save 300 10
        appendonly no

        """

    private func configured(_ settings: [String: String] = [:], from text: String? = nil) throws
        -> String
    {
        let nodes = [try Node.made("server-0"), try Node.made("server-1", address: "198.18.0.11")]
        return try RedisCluster().configuration(
            "/etc/redis/redis.conf",
            from: text ?? debian,
            for: nodes[1],
            in: nodes,
            settings: settings
        )
    }

    @Test("keeps Debian's lines in place, replaces its own, and adds what is missing")
    func whole() throws {
        #expect(
            try configured(["appendonly": "yes", "io-threads": "4"]) == """
                # bind 192.168.1.100
                bind 127.0.0.1 198.18.0.11
                protected-mode yes
                port 6379
                save ""
                appendonly yes
                dir /var/lib/redis
                cluster-enabled yes
                cluster-config-file nodes.conf
                include /etc/redis/password.conf
                io-threads 4

                """
        )
    }

    @Test("is the same after a second time, and an empty value removes a setting")
    func again() throws {
        let once = try configured(["io-threads": "4"])
        #expect(try configured(from: once) == once)
        #expect(try configured(["IO-Threads": ""], from: once) == configured())
        // As Redis itself writes it.
        let rewritten = once + "requirepass \"0a1b\"\nmasterauth \"0a1b\"\n"
        #expect(try configured(from: rewritten) == once)
    }

    @Test(
        "refuses settings that would break the deployment or the file",
        arguments: [
            ("port", "1", #"setting "port" is not free: the deployment sets it"#),
            ("Dir", "/x", #"setting "Dir" is not free: the deployment sets it"#),
            ("user", "x on nopass", #"setting "user" is not free: the deployment sets it"#),
            ("aclfile", "/x", #"setting "aclfile" is not free: the deployment sets it"#),
            ("include", "/x", #"setting "include" is not free: the deployment sets it"#),
            ("masterauth", "", #"setting "masterauth" is not free: the deployment sets it"#),
            ("requirepass", "", #"setting "requirepass" is not free: the deployment sets it"#),
            (
                "protected-mode", "no",
                #"setting "protected-mode" is not free: the deployment sets it"#
            ),
            (
                "hz", "1\nport 1",
                "setting \"hz=1\nport 1\" has a line break, or no name: write NAME=VALUE"
            ),
            ("a b", "1", #"setting "a b=1" has a line break, or no name: write NAME=VALUE"#),
        ]
    )
    func refused(name: String, value: String, message: String) {
        let error = #expect(throws: DatabaseError.self) { try configured([name: value]) }
        #expect(error?.description == message)
    }

    @Test("reads the last line of each directive, without comments")
    func settings() {
        let text = "# hz 1\nhz 10\nHZ  50 \n\nsave \"\"\n"
        #expect(RedisCluster().settings(in: text, of: "") == ["hz": "50", "save": "\"\""])
    }
}
