/// Header fields in their order.
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One of them.
    public struct Field: Sendable, Hashable {
        /// In lower-case letters.
        public let name: String
        /// Without the space around it.
        public let value: String
    }

    /// All of them.
    public private(set) var fields: [Field] = []

    /// Makes fields of names and values.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    /// The value of the first field of a name, in whatever case; `nil` if there is none.
    public subscript(_ name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name == name }?.value
    }

    /// Adds a field behind the others.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name.lowercased(), value: value))
    }

    /// The values of all fields of a name.
    package func all(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    /// Whether a field that is a list, such as `connection`, has a word in it.
    package func list(_ name: String, has word: String) -> Bool {
        all(name).contains { value in
            value.split(separator: ",").contains { Self.trimmed($0[...]) == word }
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).lowercased()
    }
}

/// What a server answered.
public struct HTTPResponse: Sendable, Hashable {
    /// From 100 to 599.
    public let status: Int
    /// Its header fields; those behind a body in chunks are left out.
    public let headers: HTTPHeaders
    /// Whole; empty if there is none.
    public let body: [UInt8]
    /// Whether the connection may be used again.
    package let staysOpen: Bool

    /// The body as a text of UTF-8; what is none is replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// A request as it is sent.
package struct HTTPRequest: Sendable, Hashable {
    package let method: String
    package let path: String
    package let host: String
    package let headers: HTTPHeaders
    package let body: [UInt8]?

    /// Makes a request.
    ///
    /// - Throws: ``HTTPError/Reason/request(_:)`` if a part of it would be read as something else, such as a path with a
    ///   line's end in it.
    package init(
        _ method: String,
        _ path: String,
        host: String,
        headers: HTTPHeaders = [:],
        body: [UInt8]? = nil
    ) throws(HTTPError.Reason) {
        guard !method.isEmpty, method.utf8.allSatisfy(HTTPSyntax.isToken) else {
            throw .request("bad method \"\(method)\"")
        }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .request(
                "bad path \"\(path)\": it begins with \"/\", and what is neither a letter nor a digit may need %XX"
            )
        }
        for field in headers.fields {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(HTTPSyntax.isToken),
                field.value.utf8.allSatisfy(HTTPSyntax.isValue)
            else { throw .request("bad header \"\(field.name): \(field.value)\"") }
            guard !["content-length", "transfer-encoding", "host"].contains(field.name) else {
                throw .request("the header \"\(field.name)\" is made of the request itself")
            }
        }
        self.method = method
        self.path = path
        self.host = host
        self.headers = headers
        self.body = body
    }

    /// The bytes that are sent.
    package var bytes: [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nhost: \(host)\r\n"
        for field in headers.fields { text += "\(field.name): \(field.value)\r\n" }
        if let body { text += "content-length: \(body.count)\r\n" }
        return Array((text + "\r\n").utf8) + (body ?? [])
    }

    /// Whether it may be sent twice without harm.
    package var isIdempotent: Bool { ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].contains(method) }
}

/// Which bytes may stand where.
enum HTTPSyntax {
    /// In names of headers and methods: `tchar` of RFC 9110.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// In values of headers.
    static func isValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 9 }
}
