import Testing

@testable import SSH

@Suite("ProcessMarker")
struct ProcessMarkerTests {
    @Test(
        "takes its line out of standard error, however that is cut",
        arguments: [
            ("ssh-z-12\nrest", "rest", 12),
            ("banner\nssh-z-7\n", "banner\n", 7),
            ("ssh-z-9", "", nil),
            ("no marker", "no marker", nil),
            ("ssh-y-3\nssh-z-4\nssh-z-5\n", "ssh-y-3\nssh-z-5\n", 4),
        ] as [(String, String, Int?)],
        [1, 2, 3, 100]
    )
    func filter(line: (text: String, rest: String, id: Int?), size: Int) {
        var marker = ProcessMarker(nonce: 35)
        var bytes = Array(line.text.utf8)[...]
        var rest: [UInt8] = []
        while !bytes.isEmpty {
            rest += marker.filter(bytes.prefix(size))
            bytes = bytes.dropFirst(size)
        }
        #expect(marker.processID == line.id)
        if line.id != nil { #expect(String(decoding: rest, as: UTF8.self) == line.rest) }
        let held = marker.rest()
        if line.id == nil, line.text != "ssh-z-9" {
            #expect(String(decoding: rest + held, as: UTF8.self) == line.rest)
        }
    }

    @Test("holds no line back that has no end, which would be in no one's limit")
    func endless() {
        var output = Output(limit: 1_000, marker: ProcessMarker(nonce: 35))
        Array("ssh-z-".utf8).withUnsafeBytes { output.take(.stderr, $0) }
        let digits = [UInt8](repeating: UInt8(ascii: "1"), count: 100)
        for _ in 0..<11 { digits.withUnsafeBytes { output.take(.stderr, $0) } }
        #expect(output.problem == .tooLarge(limit: 1_000))
        #expect(output.processID == nil)
    }

    @Test("gives up looking when much comes without it")
    func limit() {
        var marker = ProcessMarker(nonce: 35)
        let bytes = [UInt8](repeating: 120, count: 1 << 17)
        #expect(marker.filter(bytes) == bytes)
        #expect(marker.filter([121]) == [121])
    }
}
