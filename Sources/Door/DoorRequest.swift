/// What somebody asks of a door.
package struct DoorRequest: Sendable, Hashable {
    /// `GET` or `POST`, or what else was sent.
    package let method: String
    /// As it was sent: nothing in it is decoded, so that only what is spelt as a path of the door is one.
    package let path: String
    /// At most ``RequestReader/mostBody`` bytes.
    package let body: [UInt8]

    /// Makes a request.
    package init(_ method: String, _ path: String, body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// What stands in front of a request's body: its first line, and its fields.
struct RequestHead: Sendable, Hashable {
    let method: String
    let path: String
    /// How long the body is.
    let length: Int
    /// By names in small letters, in the order in which they came.
    private let fields: [String: [String]]

    /// A field's value; `nil` if it is absent or there are several.
    func value(_ name: String) -> String? {
        guard let values = fields[name], values.count == 1 else { return nil }
        return values[0]
    }

    /// Whether there is a field of this name.
    func has(_ name: String) -> Bool { fields[name] != nil }

    /// Reads a head of HTTP/1.0 or 1.1 (RFC 9112), without the empty line at its end.
    ///
    /// It is strict where the standard permits leniency: a request that two programs could read in different ways
    /// is refused.
    init(_ bytes: some Collection<UInt8>) throws(Refusal) {
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) || [9, 10, 13].contains($0) }) else {
            throw Refusal(400, "the head of a request is plain ASCII")
        }
        var lines = try Self.lines(String(decoding: bytes, as: UTF8.self))
        (method, path) = try Self.firstLine(lines.removeFirst())
        guard lines.count <= RequestReader.mostFields else {
            throw Refusal(431, "more than \(RequestReader.mostFields) header fields")
        }
        var fields: [String: [String]] = [:]
        for line in lines {
            let (name, value) = try Self.field(line)
            fields[name, default: []].append(value)
        }
        self.fields = fields
        guard fields["transfer-encoding"] == nil else {
            throw Refusal(501, "no transfer coding is understood: send a Content-Length")
        }
        length = try Self.length(fields["content-length"] ?? ["0"])
    }

    private static func lines(_ text: String) throws(Refusal) -> [String.UnicodeScalarView] {
        var lines: [String.UnicodeScalarView] = [.init()]
        var mustEnd = false
        // By scalars, since Swift takes CR and LF together for one character.
        for scalar in text.unicodeScalars {
            switch (scalar, mustEnd) {
            case ("\r", false): mustEnd = true
            case ("\n", true):
                mustEnd = false
                lines.append(.init())
            case ("\n", false), (_, true): throw Refusal(400, "lines end in CR and LF")
            default: lines[lines.count - 1].append(scalar)
            }
        }
        guard !mustEnd else { throw Refusal(400, "lines end in CR and LF") }
        return lines
    }

    private static func firstLine(
        _ line: String.UnicodeScalarView
    ) throws(Refusal) -> (method: String, path: String) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, !words[0].isEmpty, isToken(words[0]), !words[1].isEmpty else {
            throw Refusal(400, "the first line must be METHOD PATH HTTP/1.1")
        }
        guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
            throw Refusal(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
        }
        guard words[1].hasPrefix("/") else { throw Refusal(400, "a path begins with \"/\"") }
        return (words[0], words[1])
    }

    private static func field(
        _ line: String.UnicodeScalarView
    ) throws(Refusal) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: ":") else {
            throw Refusal(400, "a header field must be NAME: VALUE")
        }
        let name = String(line[..<colon])
        // Neither a blank in front of the colon nor a line that continues another one.
        guard !name.isEmpty, isToken(name) else {
            throw Refusal(400, "a header field must be NAME: VALUE")
        }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        let length = value.reversed().drop { $0 == " " || $0 == "\t" }.count
        return (name.lowercased(), String(value.prefix(length)))
    }

    private static func isToken(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func length(_ values: [String]) throws(Refusal) -> Int {
        guard values.count == 1, (1...18).contains(values[0].utf8.count),
            values[0].utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(values[0])
        else { throw Refusal(400, "Content-Length must be one whole number") }
        guard length <= RequestReader.mostBody else {
            throw Refusal(413, "a body has at most \(RequestReader.mostBody) bytes")
        }
        return length
    }
}
