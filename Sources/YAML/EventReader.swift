private import CYAML

/// One step of a YAML text, with its place.
struct Event {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd, sequenceEnd, mappingEnd
        case alias(String)
        case scalar(Scalar)
        case sequenceStart
        case mappingStart
    }

    struct Scalar {
        let text: String
        let style: YAMLNode.Style
        /// Whether the schema decides its type: it is plain and has no tag.
        let isUntagged: Bool
    }

    let kind: Kind
    let mark: Mark
    /// The name of its anchor.
    var anchor: String?
    /// Its full tag, such as `tag:yaml.org,2002:int`.
    var tag: String?
}

/// The only owner of a `yaml_parser_t`; frees it when it goes out of scope.
struct EventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let file: String

    /// Makes a reader of UTF-8 text that holds no character that YAML forbids.
    init(_ text: [UInt8], file: String) {
        self.file = file
        input = .allocate(capacity: text.count)
        _ = input.initialize(from: text)
        parser = .allocate(capacity: 1)
        // It fails for lack of memory alone, where Swift's own allocations trap as well.
        let isReady = yaml_parser_initialize(parser) == 1
        precondition(isReady, "out of memory")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// Returns the next event; after `streamEnd` the same again.
    func next() throws(YAMLError) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw failure() }
        defer { yaml_event_delete(&raw) }
        let mark = mark(raw.start_mark)
        switch raw.type {
        case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, mark: mark)
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, mark: mark)
        case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, mark: mark)
        case YAML_SEQUENCE_END_EVENT: return Event(kind: .sequenceEnd, mark: mark)
        case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, mark: mark)
        case YAML_ALIAS_EVENT:
            return Event(kind: .alias(text(raw.data.alias.anchor) ?? ""), mark: mark)
        case YAML_SCALAR_EVENT:
            return scalar(raw.data.scalar, mark)
        case YAML_SEQUENCE_START_EVENT:
            let start = raw.data.sequence_start
            return Event(
                kind: .sequenceStart,
                mark: mark,
                anchor: text(start.anchor),
                tag: text(start.tag)
            )
        case YAML_MAPPING_START_EVENT:
            let start = raw.data.mapping_start
            return Event(
                kind: .mappingStart,
                mark: mark,
                anchor: text(start.anchor),
                tag: text(start.tag)
            )
        default: return Event(kind: .streamEnd, mark: mark)
        }
    }

    private func scalar(
        _ raw: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar,
        _ mark: Mark
    )
        -> Event
    {
        let bytes = UnsafeBufferPointer(start: raw.value, count: raw.length)
        let style: YAMLNode.Style =
            switch raw.style {
            case YAML_PLAIN_SCALAR_STYLE: .plain
            case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
            default: .quoted
            }
        return Event(
            kind: .scalar(
                Event.Scalar(
                    text: String(decoding: bytes, as: UTF8.self),
                    style: style,
                    isUntagged: raw.plain_implicit == 1
                )
            ),
            mark: mark,
            anchor: text(raw.anchor),
            tag: text(raw.tag)
        )
    }

    private func failure() -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
        let place = parser.pointee.problem_mark
        var text = problem
        if let context = parser.pointee.context.map({ String(cString: $0) }) {
            let start = mark(parser.pointee.context_mark)
            text += " \(context) that begins at \(start.line):\(start.column)"
        }
        return YAMLError(reason: .syntax(text + remedy(problem, place)), mark: mark(place))
    }

    private func remedy(_ problem: String, _ place: yaml_mark_t) -> String {
        if problem.hasPrefix("mapping values are not allowed") {
            return " (quote a value that holds \": \", and check the indentation)"
        }
        let scalars = String(decoding: input, as: UTF8.self).unicodeScalars
        guard problem.hasPrefix("found character that cannot start"),
            let scalar = scalars.dropFirst(place.index).first
        else { return "" }
        return scalar == "\t" ? " (indent with spaces, not tabs)" : " (quote the value)"
    }

    private func mark(_ raw: yaml_mark_t) -> Mark {
        Mark(file: file, line: raw.line + 1, column: raw.column + 1)
    }

    private func text(_ raw: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        raw.map { String(cString: $0) }
    }
}
