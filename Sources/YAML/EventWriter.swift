private import CYAML

/// The only owner of a `yaml_emitter_t`; collects what it writes.
struct EventWriter: ~Copyable {
    enum Style {
        case plain, doubleQuoted, literal
    }

    private let emitter: UnsafeMutablePointer<yaml_emitter_t>
    private let output: UnsafeMutablePointer<[UInt8]>

    /// Begins a stream with one document.
    init() {
        output = .allocate(capacity: 1)
        output.initialize(to: [])
        emitter = .allocate(capacity: 1)
        // It fails for lack of memory alone, where Swift's own allocations trap as well.
        let isReady = yaml_emitter_initialize(emitter) == 1
        precondition(isReady, "out of memory")
        yaml_emitter_set_unicode(emitter, 1)
        yaml_emitter_set_width(emitter, -1)
        yaml_emitter_set_output(
            emitter,
            { data, bytes, count in
                guard let data, let bytes else { return 0 }
                data.assumingMemoryBound(to: [UInt8].self).pointee
                    .append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                return 1
            },
            output
        )
        emit { yaml_stream_start_event_initialize(&$0, YAML_UTF8_ENCODING) }
        emit { yaml_document_start_event_initialize(&$0, nil, nil, nil, 1) }
    }

    deinit {
        yaml_emitter_delete(emitter)
        emitter.deallocate()
        output.deinitialize(count: 1)
        output.deallocate()
    }

    /// Writes a scalar; libyaml quotes it if a plain or literal one would not be read back.
    func scalar(_ text: String, _ style: Style) {
        let raw =
            switch style {
            case .plain: YAML_PLAIN_SCALAR_STYLE
            case .doubleQuoted: YAML_DOUBLE_QUOTED_SCALAR_STYLE
            case .literal: YAML_LITERAL_SCALAR_STYLE
            }
        let bytes = Array(text.utf8)
        emit {
            yaml_scalar_event_initialize(&$0, nil, nil, bytes, Int32(bytes.count), 1, 1, raw)
        }
    }

    func startSequence() {
        emit { yaml_sequence_start_event_initialize(&$0, nil, nil, 1, YAML_BLOCK_SEQUENCE_STYLE) }
    }

    func endSequence() {
        emit { yaml_sequence_end_event_initialize(&$0) }
    }

    func startMapping() {
        emit { yaml_mapping_start_event_initialize(&$0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE) }
    }

    func endMapping() {
        emit { yaml_mapping_end_event_initialize(&$0) }
    }

    /// Ends the document and returns all of it.
    consuming func finish() -> String {
        emit { yaml_document_end_event_initialize(&$0, 1) }
        emit { yaml_stream_end_event_initialize(&$0) }
        return String(decoding: output.pointee, as: UTF8.self)
    }

    /// Makes and emits one event; both fail only for lack of memory or events out of order.
    private func emit(_ initialize: (inout yaml_event_t) -> Int32) {
        var event = yaml_event_t()
        let isDone = initialize(&event) == 1 && yaml_emitter_emit(emitter, &event) == 1
        precondition(isDone, emitter.pointee.problem.map { String(cString: $0) } ?? "out of memory")
    }
}
