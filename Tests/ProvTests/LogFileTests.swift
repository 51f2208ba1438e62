import DeploymentState
import Testing

@testable import Prov

@Suite("The log of a terraform command")
struct LogFileTests {
    @Test("holds nothing of a secret as it stands between quotes")
    func quoted() {
        let strikeout = Strikeout([#"pa"ss\word${x}"#])
        #expect(
            strikeout.redact(##"it is "pa\"ss\\word$${x}", or "pa\"ss\\word${x}""##)
                == ##"it is "[redacted]", or "[redacted]""##
        )
    }

    @Test("holds nothing of a secret as terraform's jsonencode writes it")
    func forWeb() {
        let strikeout = Strikeout(["a<b>&c"])
        #expect(strikeout.redact(#"{"k":"a\u003cb\u003e\u0026c"}"#) == #"{"k":"[redacted]"}"#)
    }

    @Test("holds nothing of a secret that begins with another one")
    func secrets() async throws {
        try await withTemporaryDirectory { folder in
            let files = StateFiles(folder)
            let secrets = ["", "word", "word-and-more", "more-and-word-and-more"]
            let log = try LogFile("apply", in: files, secrets: secrets)
            log.write("a word-and-more, a word, more-and-word-and-more")
            #expect(try Files.read(log.path) == "a [redacted], a [redacted], [redacted]\n")
        }
    }

    @Test("of the newest one the last line is what status shows of work that goes on")
    func lastLine() async throws {
        try await withTemporaryDirectory { folder in
            let files = StateFiles(folder)
            #expect(LogFile.lastLine(in: files) == nil)
            try Files.makeDirectory(files.log)
            try Files.write("done\n", to: files.log + "/2026-11-30T07-00-00Z-init.log")
            try Files.write(
                "place: create done\nimage: 12 s, installing packages...\n\n",
                to: files.log + "/2026-11-30T07-00-09Z-apply.log"
            )
            #expect(LogFile.lastLine(in: files) == "image: 12 s, installing packages...")
        }
    }
}
