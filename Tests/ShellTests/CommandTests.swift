import Testing

@testable import Shell

@Suite("Command")
struct CommandTests {
    @Test(
        "quotes what a shell would read otherwise",
        arguments: [
            ("plain", "plain"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#),
            ("$HOME", "'$HOME'"), ("~", "'~'"), ("a\nb", "'a\nb'"), ("ü", "'ü'"),
        ]
    )
    func quoting(word: String, expected: String) {
        #expect(Command([word]).text == expected)
    }

    @Test("hides secrets in logs and sends them to the shell")
    func secrets() {
        let command: Command = ["login", .secret("s3 cret"), .literal("&&"), "ls"]
        #expect(command.text == "login 's3 cret' && ls")
        #expect("\(command)" == "login [redacted] && ls")
    }
}
