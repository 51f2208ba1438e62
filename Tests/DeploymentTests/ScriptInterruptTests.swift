import Testing

@testable import Deployment

@Suite("Ctrl-C in a script")
struct ScriptInterruptTests {
    @Test(
        "takes a word or its beginning, and asks again for anything else",
        arguments: [
            ("stop", .stop), ("s", .stop), (" LEAVE ", .leave), ("l", .leave), ("", nil),
            ("no", nil), ("stopp", nil),
        ] as [(String, ScriptInterrupt.Answer?)]
    )
    func answers(text: String, answer: ScriptInterrupt.Answer?) {
        #expect(ScriptInterrupt.Answer(text) == answer)
    }

    @Test("says how to go on with a load that was left, in the words of the call")
    func remedy() {
        let words = ["/x/restore-and-run", "demo", "--attach", "--rate", "5"]
        #expect(
            ScriptInterrupt.remedy("restore-and-run", words, deployment: "demo")
                == "restore-and-run: the load runs on; go on with: swift run restore-and-run demo "
                + "--rate 5 --attach, or end it with: prov jobs demo --stop"
        )
    }
}
