import Door

/// Readers of what somebody sends to a scenario.
let doorTargets = [
    Target(
        name: "request",
        seeds: [],
        dictionary: [
            "\r\n", "\n", "\r\n\r\n", "GET / HTTP/1.1\r\n", "POST /stop HTTP/1.0\r\n",
            "Host: a\r\n",
            "Content-Length: 2\r\n", "content-length:-1\r\n", "Content-Length: 99999999999999\r\n",
            "Transfer-Encoding: chunked\r\n", "Origin: null\r\n", " x: y\r\n", "/../", "%2e%2e",
        ],
        places: ["400: ", "413: ", "431: ", "501: ", "505: "],
        read: { bytes, _ in
            let whole = request(in: bytes, pieces: bytes.count)
            for size in [1, 3, 7] where request(in: bytes, pieces: size) != whole {
                return .violated("in pieces of \(size) bytes the request differs")
            }
            switch whole {
            case .success(let request?) where request.body.count > RequestReader.mostBody:
                return .violated("a body of \(request.body.count) bytes")
            case .success: return .accepted
            case .failure(let refusal): return .refused("\(refusal)")
            }
        }
    )
]

/// The request in the bytes, as they come in pieces; `nil` if it is not whole.
private func request(
    in bytes: [UInt8],
    pieces size: Int
) -> Result<DoorRequest?, Refusal> {
    var reader = RequestReader()
    var start = 0
    while start < bytes.count {
        let piece = bytes[start..<min(bytes.count, start + max(1, size))]
        start += piece.count
        do {
            if let request = try reader.take(piece) { return .success(request) }
        } catch {
            return .failure(error)
        }
    }
    return .success(nil)
}
