import Testing

@testable import HTTP

@Suite("Requests")
struct RequestTests {
    @Test("are written byte for byte")
    func bytes() throws {
        let get = try HTTPRequest("GET", "/a?b=c", host: "shop:80", headers: ["X-Y": "z w"])
        #expect(
            String(decoding: get.bytes, as: UTF8.self)
                == "GET /a?b=c HTTP/1.1\r\nhost: shop:80\r\nx-y: z w\r\n\r\n"
        )
        let post = try HTTPRequest("POST", "/", host: "h", body: Array("hä".utf8))
        #expect(
            String(decoding: post.bytes, as: UTF8.self)
                == "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nhä"
        )
        let empty = try HTTPRequest("POST", "/", host: "h", body: [])
        #expect(
            String(decoding: empty.bytes, as: UTF8.self)
                == "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n"
        )
    }

    @Test(
        "that would be read as something else are refused",
        arguments: [
            ("GET", "a", [:]), ("GET", "/a b", [:]), ("GET", "/a\r\nX: y", [:]),
            ("GET", "/ä", [:]), ("G T", "/", [:]), ("", "/", [:]),
            ("GET", "/", ["a": "b\r\nc: d"]), ("GET", "/", ["a b": "c"]), ("GET", "/", ["": "c"]),
            ("GET", "/", ["Content-Length": "5"]), ("GET", "/", ["transfer-encoding": "chunked"]),
        ] as [(String, String, HTTPHeaders)]
    )
    func refused(method: String, path: String, headers: HTTPHeaders) {
        #expect(throws: HTTPError.Reason.self) {
            try HTTPRequest(method, path, host: "h", headers: headers)
        }
    }
}
