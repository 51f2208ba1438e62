import DeploymentState
import Testing

@testable import Prov

@Suite("A first apply that failed and left no state")
struct FailedApplyTests {
    private static func event(_ type: String, _ resource: String) -> String {
        "{\"type\": \"\(type)\", \"hook\": {\"resource\": {\"addr\": \"\(resource)\"}}}\n"
    }

    private static func error(_ summary: String) -> String {
        "{\"type\": \"diagnostic\", \"diagnostic\": {\"severity\": \"error\", \"summary\": \"\(summary)\"}}\n"
    }

    private static let begun = event("apply_start", "a.x")
    private static let refused = begun + event("apply_errored", "a.x")

    static let cases: [(String, Bool)] = [
        ("", true),
        ("no event\n" + error("No valid credential sources found"), true),
        (refused + error("no room"), true),
        (begun, false),
        (begun + event("apply_complete", "a.x"), false),
        (refused + event("apply_start", "a.y"), false),
        (refused + error("Plugin did not respond"), false),
        (refused + error("Request cancelled"), false),
        ("{\"type\": \"apply_st", false),
    ]

    @Test(
        "made nothing if all that it began was refused, not if its provider ended in the middle",
        arguments: cases
    )
    func table(output: String, madeNothing: Bool) {
        #expect(FailedApply.madeNothing(output) == madeNothing)
    }
}
