/// Writes values to standard output as Swift's own `print` does, without what a terminal would obey.
///
/// What programs and scripts print comes from nodes, servers and files. This one stands before Swift's own
/// wherever `Usage` is imported; a test looks that it is imported wherever something is printed.
///
/// - Parameters:
///   - items: What to write.
///   - separator: Between each two.
///   - terminator: Behind the last.
public func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
    Swift.print(line(items, separator), terminator: terminator)
}

/// Writes values into a text in the same way.
///
/// - Parameters:
///   - items: What to write.
///   - separator: Between each two.
///   - terminator: Behind the last.
///   - output: Gets it.
public func print<Target: TextOutputStream>(
    _ items: Any...,
    separator: String = " ",
    terminator: String = "\n",
    to output: inout Target
) {
    Swift.print(line(items, separator), terminator: terminator, to: &output)
}

private func line(_ items: [Any], _ separator: String) -> String {
    items.map { "\($0)" }.joined(separator: separator).printable
}
