internal import Histogram
internal import JSON

extension JSON {
    /// Reads a file.
    ///
    /// - Throws: ``SummaryError`` if it cannot be read, or is no JSON.
    package init(file path: String) throws(SummaryError) {
        do {
            let lines = try LineReader(path: path)
            var text = ""
            while let line = try lines.next({ line, _ in String(decoding: line, as: UTF8.self) }) {
                text += line + "\n"
            }
            self = try JSON(parsing: text)
        } catch let error as JSONError {
            throw .malformedTrial(path: path, problem: "\(error)")
        } catch {
            throw .unreadable(path: path, problem: "\(error)")
        }
    }

    /// The whole number; `nil` for anything else.
    package var wholeNumber: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// What it says in one line, without quotes around a string.
    package var shortText: String {
        switch self {
        case .string(let text): text
        case .null: "–"
        default: text.split(whereSeparator: \.isNewline).joined(separator: " ")
        }
    }
}
