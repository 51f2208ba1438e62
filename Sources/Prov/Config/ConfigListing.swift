internal import DeploymentState
internal import Foundation
internal import YAML

/// A merged config as `prov config` shows it.
struct ConfigListing: Encodable {
    /// A key with its value, and where it was set.
    struct Entry: Encodable {
        let key: String
        let value: JSONValue
        let file: String
        let line: Int
        let secret: Bool
    }

    /// What stands for a secret.
    static let redacted = "[redacted]"

    /// Each key once, in the order in which the files name them.
    let settings: [Entry]
    /// The listing as YAML.
    let text: String

    private enum CodingKeys: String, CodingKey { case settings }

    /// Lists a config that was read from its files.
    init(_ config: Config) {
        text = config.rendered(secrets: .shown(as: Self.redacted))
        settings = config.settings.map { setting in
            let json = setting.isSecret ? "\"\(Self.redacted)\"" : setting.value.json()
            return Entry(
                key: setting.key,
                value: JSONValue(json) ?? .null,
                file: setting.mark.file,
                line: setting.mark.line,
                secret: setting.isSecret
            )
        }
    }

    /// Lists the config that a deployment keeps.
    ///
    /// - Throws: `InventoryError` or ``ConfigErrors`` if there is none, or it was damaged.
    init(kept path: String) throws {
        // An editor may have ended its lines with CR LF, which Swift takes for one character.
        let lines = try Files.read(path).replacing("\r\n", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { Self.secret(in: $0)?.line ?? String($0) }
        text = lines.joined(separator: "\n")
        let root: YAMLNode?
        do throws(YAMLError) {
            root = try YAMLNode.parse(text, file: path)
        } catch {
            throw ConfigErrors([ConfigError(.yaml(error.reason), at: error.mark)])
        }
        settings = (root?.mapping?.entries ?? []).compactMap { entry in
            guard let key = entry.key.string else { return nil }
            // YAML knows more line ends than a line feed.
            let index = entry.key.mark.line - 1
            let place = lines.indices.contains(index) ? Self.place(in: lines[index]) : nil
            return Entry(
                key: key,
                value: JSONValue(entry.value.json()) ?? .null,
                file: place?.file ?? path,
                line: place?.line ?? entry.key.mark.line,
                secret: entry.value.string == Self.redacted
            )
        }
    }

    /// Turns the comment that stands for a secret into a setting.
    private static func secret(in line: Substring) -> (key: String, line: String)? {
        let separator = ": a secret, set at "
        guard line.hasPrefix("# "), let range = line.range(of: separator) else { return nil }
        let key = String(line[..<range.lowerBound].dropFirst(2))
        return (key, "\(key): \"\(redacted)\"  # \(line[range.upperBound...])")
    }

    /// Reads `file:line` from the comment at a line's end.
    private static func place(in line: String) -> (file: String, line: Int)? {
        guard let start = line.range(of: "  # ", options: .backwards)?.upperBound else {
            return nil
        }
        let comment = line[start...]
        guard let colon = comment.lastIndex(of: ":"),
            let number = Int(comment[comment.index(after: colon)...])
        else { return nil }
        return (String(comment[..<colon]), number)
    }
}
