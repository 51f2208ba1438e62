internal import JSON
internal import Posix

extension JSON {
    /// More than the record of a trial with a thousand nodes needs: 64 MiB.
    private static let sizeLimit = 64 << 20

    /// Reads a file.
    ///
    /// - Throws: ``SummaryError`` if it cannot be read, is larger than 64 MiB, or is no JSON.
    package init(file path: String) throws(SummaryError) {
        do {
            let bytes = try RegularFile.bytes(of: path, limit: Self.sizeLimit)
            self = try JSON(parsing: String(decoding: bytes, as: UTF8.self))
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
