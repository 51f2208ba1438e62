@testable import HTTP

/// Readers of what servers send to users of a scenario.
let webTargets = [
    Target(
        name: "http",
        seeds: ["Tests/fuzz/corpus/etcd"],
        dictionary: httpWords,
        places: ["the answer", "the connection ended"],
        read: { bytes, _ in
            let whole = answer(in: bytes, pieces: bytes.count)
            for size in [1, 3, 7] where answer(in: bytes, pieces: size) != whole {
                return .violated("in pieces of \(size) bytes the answer differs")
            }
            let response = try whole.get()
            return response.body.count <= mostBody
                ? .accepted : .violated("a body of \(response.body.count) bytes")
        }
    ),
    Target(
        name: "websocket",
        seeds: [],
        dictionary: [
            "\u{1}\u{3}abc", "\u{0}\u{2}de", "\u{2}\u{7E}", "\u{2}\u{7F}", "\u{0}\u{0}\u{0}\u{0}",
            "Hello",
        ],
        places: ["WebSocket"],
        read: { bytes, _ in
            let whole = events(in: bytes, pieces: bytes.count)
            for size in [1, 3, 7] where events(in: bytes, pieces: size) != whole {
                return .violated("in pieces of \(size) bytes the events differ")
            }
            return whole.fault.map { .refused("WebSocket: \($0)") } ?? .accepted
        }
    ),
]

/// The longest body that is taken.
private let mostBody = 10_000

/// The answer in the bytes, as they come in pieces, and then the connection's end.
private func answer(
    in bytes: [UInt8],
    pieces size: Int
) -> Result<HTTPResponse, HTTPError.Reason> {
    var reader = ResponseReader(to: "GET", mostBody: mostBody)
    return Result { () throws(HTTPError.Reason) in
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + max(1, size))
            if let response = try reader.take(Array(bytes[start..<end])) { return response }
            start = end
        }
        return try reader.end()
    }
}

/// What a server said, and what ended it.
///
/// They are values: their descriptions would take the time of ten readings.
private struct Events: Equatable {
    var found: [WebSocketReader.Event] = []
    var fault: WebSocketReader.Fault?
}

/// What a server says in the bytes, as they come in pieces.
private func events(in bytes: [UInt8], pieces size: Int) -> Events {
    var reader = WebSocketReader(mostBytes: mostBody)
    var events = Events()
    var start = 0
    do {
        while start < bytes.count {
            let end = min(bytes.count, start + max(1, size))
            reader.append(Array(bytes[start..<end]))
            start = end
            while let event = try reader.next() { events.found.append(event) }
        }
    } catch {
        events.fault = error
    }
    return events
}
