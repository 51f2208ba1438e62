/// The words of one call, sorted by its ``Usage``.
public struct Arguments: Sendable, Hashable {
    /// The command that was called.
    public let usage: Usage
    var operands: [String: [String]] = [:]
    var options: [String: [String]] = [:]
    /// What stands behind the operands, unread; empty unless the usage takes a rest.
    public internal(set) var rest: [String] = []

    /// Returns the operand that occurs once; empty if it is optional and absent.
    public func operand(_ name: String) -> String { operands[name]?.first ?? "" }

    /// Returns all words of an operand that repeats, in order.
    public func all(_ name: String) -> [String] { operands[name] ?? [] }

    /// Returns whether the flag was given.
    public func flag(_ name: String) -> Bool { options[name] != nil }

    /// Returns the option's last value, or `nil` if it was not given.
    public func value(_ name: String) -> String? { options[name]?.last }

    /// Returns an option's number, or `standard` if it was not given.
    ///
    /// - Throws: ``UsageError`` if it is no number, or outside of `range`.
    public func number(
        _ name: String,
        default standard: Double,
        in range: ClosedRange<Double>
    ) throws(UsageError) -> Double {
        guard let text = value(name) else { return standard }
        guard let number = decimalNumber(text), range.contains(number) else {
            let bounds = "from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound))"
            throw UsageError("--\(name) must be a number \(bounds), not \"\(text)\"", usage: usage)
        }
        return number
    }

    /// Returns an option's whole number, or `standard` if it was not given.
    ///
    /// - Throws: ``UsageError`` if it is no whole number, or outside of `range`.
    public func wholeNumber(
        _ name: String,
        default standard: Int,
        in range: ClosedRange<Int>
    ) throws(UsageError) -> Int {
        guard let text = value(name) else { return standard }
        // 1e6 is whole, too
        guard let number = decimalNumber(text).flatMap(Int.init(exactly:)), range.contains(number)
        else {
            throw UsageError(
                "--\(name) must be a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound), not \"\(text)\"",
                usage: usage
            )
        }
        return number
    }

    private static func plain(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }

    /// Returns the error of a value that this command does not take, for the caller to throw.
    public func error(_ problem: String) -> UsageError { UsageError(problem, usage: usage) }

    /// Returns all values of an option that may be repeated, in order.
    public func values(_ name: String) -> [String] { options[name] ?? [] }
}
