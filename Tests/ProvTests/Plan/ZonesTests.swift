import Testing

@testable import Prov

@Suite("Zones")
struct ZonesTests {
    @Test("begins where the deployment stands, and stays there if machines do")
    func order() {
        let zones = Zones(names: ["a", "b", "c"])
        #expect(zones.order(from: nil, isFixed: false) == ["a", "b", "c"])
        #expect(zones.order(from: "b", isFixed: false) == ["b", "c", "a"])
        #expect(zones.order(from: "b", isFixed: true) == ["b"])
        #expect(zones.order(from: "gone", isFixed: true) == ["a", "b", "c"])
        #expect(Zones(names: []).order(from: "b", isFixed: false) == [])
    }

    @Test(
        "knows a lack of room from other errors",
        arguments: [
            ("api error InsufficientInstanceCapacity: We …", true),
            ("api error SpotMaxPriceTooLow: Your …", true),
            ("api error UnauthorizedOperation: You …", false),
        ]
    )
    func lack(line: String, isLack: Bool) {
        let lines = ["first", line]
        let error = ProvError.failed(command: "c", ending: "e", lines: lines, log: "l")
        #expect(Capacity.lack(in: error) == (isLack ? line : nil))
    }
}
