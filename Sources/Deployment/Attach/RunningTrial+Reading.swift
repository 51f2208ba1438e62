import DeploymentState
import Foundation

extension RunningTrial {
    /// Reads a trial's file, and believes nothing of it that a trial would not have written.
    ///
    /// - Parameter directory: The trial's.
    /// - Returns: What it says; `nil` if there is none, since the trial has ended.
    /// - Throws: ``AttachError/unreadable(_:)`` and ``AttachError/altered(path:key:problem:)``.
    static func read(in directory: String) throws(AttachError) -> RunningTrial? {
        let path = "\(directory)/\(fileName)"
        guard Files.exists(path) else { return nil }
        let text: String
        do { text = try OwnFile.read(path) } catch { throw .unreadable("\(error)") }
        let running: RunningTrial
        do { running = try JSONDecoder().decode(Self.self, from: Data(text.utf8)) } catch {
            throw AttachError.misread(path, error)
        }
        if let fault = running.fault {
            throw .altered(path: path, key: fault.key, problem: fault.problem)
        }
        return running
    }

    /// The first value that no trial writes.
    private var fault: (key: String, problem: String)? {
        var checks: [(key: String, value: String, isGood: Bool)] = []
        func name(_ key: String, _ value: String) {
            checks.append((key, value, Misuse.isPlain(value)))
        }
        func number(_ key: String, _ value: Double?, in range: ClosedRange<Double>) {
            if let value { checks.append((key, "\(value)", range.contains(value))) }
        }
        func content(_ key: String, _ content: DatasetContent) {
            number("\(key).keyCount", Double(content.keyCount), in: 0...1e12)
            number("\(key).valueBytes", Double(content.valueBytes), in: 0...1e9)
        }
        // Seconds since 1970, and those of a stress.
        let (times, lengths) = (0...1e11, 0...1e8)
        for (index, stress) in stresses.enumerated() {
            let key = "stresses.\(index)"
            name("\(key).run", stress.run)
            number("\(key).start", stress.start, in: times)
            name("\(key).stress.name", stress.stress.name)
            content("\(key).stress.content", stress.stress.content)
            for (order, armed) in stress.faults.enumerated() {
                let place = "\(key).faults.\(order)"
                let node = armed.fault.node
                name("\(place).name", armed.name)
                checks.append(("\(place).fault.node", node, nodes[node] != nil))
                number("\(place).fault.atSeconds", armed.fault.atSeconds, in: lengths)
                number("\(place).fault.forSeconds", armed.fault.forSeconds, in: lengths)
                number("\(place).fault.began", armed.fault.began, in: times)
                number("\(place).fault.ended", armed.fault.ended, in: times)
            }
        }
        if let restored {
            name("restored.name", restored.name)
            content("restored.content", restored.content)
        }
        for (index, data) in prepared.enumerated() {
            let values = try? JSONSerialization.jsonObject(with: data) as? [Any]
            let text = String(decoding: data.prefix(40), as: UTF8.self)
            checks.append(("prepared.\(index)", text, values?.count == 1))
        }
        return checks.first { !$0.isGood }.map { ($0.key, "is \"\($0.value)\"") }
    }
}

extension AttachError {
    /// A file of a trial that says something else than the trial wrote.
    static func misread(_ path: String, _ error: any Error) -> AttachError {
        let context: DecodingError.Context? =
            switch error as? DecodingError {
            case .typeMismatch(_, let context), .valueNotFound(_, let context),
                .dataCorrupted(let context):
                context
            case .keyNotFound(let key, let context):
                DecodingError.Context(codingPath: context.codingPath + [key], debugDescription: "")
            default: nil
            }
        guard let context, !context.codingPath.isEmpty else {
            return .altered(path: path, key: "", problem: "is no JSON of a trial")
        }
        let key = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
        return .altered(
            path: path,
            key: key.joined(separator: "."),
            problem: "is missing or of another kind"
        )
    }
}
