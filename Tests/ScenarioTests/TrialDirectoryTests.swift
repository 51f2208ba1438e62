import Foundation
import TestSupport
import Testing

@testable import Scenario

@Suite("A run's directory")
struct TrialDirectoryTests {
    @Test("is its owner's alone, and so is the one above it")
    func mode() throws {
        let folder = try TemporaryFolder()
        _ = try TrialDirectory(folder.path + "/trials/a")
        for name in ["trials", "trials/a"] {
            let facts = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
            #expect(facts[.posixPermissions] as? Int == 0o700)
        }
    }
}
