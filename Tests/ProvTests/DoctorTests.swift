import FoundationEssentials
import Testing

@testable import Prov

@Suite("Doctor")
struct DoctorTests {
    @Test(
        "knows which terraform is new enough",
        arguments: [
            ("1.11.4", true), ("1.10.0-beta1", true), ("1.9.8", false), ("2.0.0", true),
            ("0.15.5", false), ("", false), ("new", false),
        ]
    )
    func version(text: String, isEnough: Bool) {
        #expect(ProgramChecks.isEnough(text) == isEnough)
    }

    @Test(
        "reads the date of an answer",
        arguments: [
            ("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n", 784_111_777.0),
            ("HTTP/2 301\ndate: Sat, 21 Nov 2026 02:49:00 GMT\n", 1_795_229_340),
            ("HTTP/1.1 200 OK\r\nX-Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", nil),
            ("Date: yesterday\r\n", nil), ("", nil),
        ]
    )
    func date(header: String, seconds: Double?) {
        #expect(ClockCheck.date(in: header)?.timeIntervalSince1970 == seconds)
    }

    @Test("a clock may be a minute off")
    func clock() {
        let there = Date(timeIntervalSince1970: 1_000_000)
        for offset in [-60.0, 0, 60] {
            let finding = ClockCheck.finding(here: there + offset, there: there, url: "u")
            #expect(finding.state == .ok)
        }
        let late = ClockCheck.finding(here: there - 301, there: there, url: "u")
        #expect(late.state == .fault)
        #expect(late.text == "301 s behind that of u")
        let early = ClockCheck.finding(here: there + 61, there: there, url: "u")
        #expect(early.text == "61 s ahead of that of u")
    }
}
