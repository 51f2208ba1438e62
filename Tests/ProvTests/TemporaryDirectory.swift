import DeploymentState
import Glibc
import Testing

/// Makes a temporary directory that is removed when `body` ends.
func withTemporaryDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
    var template = Array("/tmp/prov-unit-XXXXXX".utf8CString)
    let path = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { try? Files.remove(path) }  // what is left lies in /tmp
    return try await body(path)
}
