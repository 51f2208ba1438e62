package import JSON

/// What a door answers.
package struct DoorResponse: Sendable, Hashable {
    /// Of HTTP, such as 200.
    package let status: Int
    /// The type of the body, such as `application/json`.
    package let type: String
    /// What was asked for, or what is wrong.
    package let body: [UInt8]
    private var extra = ""

    /// Makes a response of any type.
    package init(_ status: Int = 200, type: String, body: [UInt8]) {
        self.status = status
        self.type = type
        self.body = body
    }

    /// Makes a response of JSON.
    package init(json value: JSON, status: Int = 200) {
        self.init(status, type: "application/json", body: Array((value.text + "\n").utf8))
    }

    /// Makes the response to a request that is refused: `{"error": …}`.
    package init(_ refusal: Refusal) {
        self.init(json: ["error": .string(refusal.problem)], status: refusal.status)
        switch refusal.status {
        case 401: extra = "WWW-Authenticate: Bearer\r\n"
        case 405: extra = "Allow: GET, POST\r\n"
        default: break
        }
    }

    /// As it is sent; the connection ends behind it.
    package var bytes: [UInt8] {
        Array(
            """
            HTTP/1.1 \(status) \(Self.reasons[status] ?? "Error")\r
            Content-Type: \(type)\r
            Content-Length: \(body.count)\r
            Connection: close\r
            Cache-Control: no-store\r
            X-Content-Type-Options: nosniff\r
            \(extra)\r

            """.utf8
        ) + body
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
        413: "Content Too Large", 431: "Request Header Fields Too Large",
        501: "Not Implemented", 505: "HTTP Version Not Supported",
    ]
}
