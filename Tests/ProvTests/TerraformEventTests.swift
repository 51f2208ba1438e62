import Testing

@testable import Prov

@Suite("TerraformEvent")
struct TerraformEventTests {
    @Test(
        "reads what people want to know of a line",
        arguments: [
            (
                #"{"type":"change_summary","changes":{"add":2,"change":1,"remove":3,"operation":"plan"}}"#,
                TerraformEvent.planned(add: 2, change: 1, remove: 3)
            ),
            (
                #"{"type":"change_summary","@message":"done","changes":{"operation":"apply"}}"#,
                .message("done")
            ),
            (
                #"{"type":"apply_start","hook":{"resource":{"addr":"a.b[\"c\"]"},"action":"create"}}"#,
                .started(resource: "a.b[\"c\"]", action: "create")
            ),
            (
                #"{"type":"apply_complete","hook":{"resource":{"addr":"a.b"},"action":"delete"}}"#,
                .finished(resource: "a.b", action: "delete")
            ),
            (
                #"{"type":"provision_progress","hook":{"resource":{"addr":"a.b"},"output":"x\n"}}"#,
                .output(resource: "a.b", line: "x\n")
            ),
            (
                #"{"type":"diagnostic","diagnostic":{"severity":"error","summary":"No","detail":"why","address":"a.b","range":{"filename":"main.tf","start":{"line":7}}}}"#,
                .problem(isError: true, text: "a.b: main.tf:7: No: why")
            ),
            (
                #"{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"Old","detail":""}}"#,
                .problem(isError: false, text: "Old")
            ),
            ("There are some problems", .message("There are some problems")),
            ("{broken", .message("{broken")),
        ]
    )
    func events(line: String, expected: TerraformEvent) {
        #expect(TerraformEvent(line: line) == expected)
    }
}
