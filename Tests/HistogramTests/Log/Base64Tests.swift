import Foundation
import TestSupport
import Testing

@testable import Histogram

@Suite("Base64", .timeLimit(.minutes(1)))
struct Base64Tests {
    private func decoded(_ text: String) throws(HistogramError) -> [UInt8] {
        // what is there already stays
        var bytes: [UInt8] = [7]
        try Array(text.utf8).withUnsafeBufferPointer { text throws(HistogramError) in
            try Base64.decode(UnsafeRawBufferPointer(text), into: &bytes)
        }
        #expect(bytes.first == 7)
        return Array(bytes.dropFirst())
    }

    @Test("is what Foundation writes and reads, with padding and without, for each length")
    func foundation() throws {
        var random = SeededGenerator(seed: 5)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text)
            #expect(try decoded(text) == bytes)
            #expect(try decoded(text.replacing("=", with: "")) == bytes)
        }
    }

    @Test("names the first byte that is no digit, wherever it stands")
    func digits() throws {
        let text = Array(Data(0..<23).base64EncodedString().utf8)
        let known = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for place in 0..<31 {
            for byte in UInt8.min...UInt8.max where !known.contains(byte) {
                // with one padding more the text is as good
                guard place < 30 || byte != UInt8(ascii: "=") else { continue }
                var bytes = text
                bytes[place] = byte
                let error = #expect(throws: HistogramError.self) {
                    var target: [UInt8] = []
                    try bytes.withUnsafeBytes { try Base64.decode($0, into: &target) }
                }
                #expect(error == .notBase64(offset: place))
            }
        }
        #expect(throws: HistogramError.notBase64(offset: 5)) { try decoded("AAAAA") }
    }
}
