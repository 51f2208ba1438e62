/// The files in `Tests/NAME/Fixtures`.
package enum FixtureFile {
    /// Returns the path of a fixture of the tests in the folder `tests`, such as `HistogramTests`.
    package static func path(_ name: String, of tests: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(folder)/\(tests)/Fixtures/\(name)"
    }
}
