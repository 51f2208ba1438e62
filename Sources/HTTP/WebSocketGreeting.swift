internal import TLS

/// The first words between client and server (RFC 6455, section 4).
struct WebSocketGreeting {
    private let key: String
    private let protocols: [String]

    init(_ protocols: [String], key: [UInt8] = (0..<16).map { _ in .random(in: 0...255) }) {
        self.key = OpenSSL.base64(key)
        self.protocols = protocols
    }

    /// What the client asks for.
    var headers: HTTPHeaders {
        var headers: HTTPHeaders = [
            "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
            "sec-websocket-key": key,
        ]
        if !protocols.isEmpty {
            headers.append("sec-websocket-protocol", protocols.joined(separator: ", "))
        }
        return headers
    }

    /// What a server that has read the key answers.
    var proof: String {
        // The text is the standard's.
        OpenSSL.base64(OpenSSL.sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    /// What the server has chosen of the protocols.
    func choice(of response: HTTPResponse) throws(HTTPError.Reason) -> String? {
        guard response.status == 101 else {
            throw .status(method: "GET", response.status)
        }
        guard response.headers["upgrade"]?.lowercased() == "websocket",
            response.headers.list("connection", has: "upgrade"),
            response.headers["sec-websocket-accept"] == proof
        else { throw .malformed("it does not agree to WebSocket") }
        guard response.headers["sec-websocket-extensions"] == nil else {
            throw .malformed("it uses an extension that nobody asked for")
        }
        let choice = response.headers["sec-websocket-protocol"]
        guard choice.map(protocols.contains) ?? true else {
            throw .malformed("it chose a protocol that nobody offered")
        }
        return choice
    }
}
