import Glibc
import Posix
import TestSupport
import Testing

@testable import Load

@Suite("The file of a load's result")
struct ResultFileTests {
    @Test("never takes the place of a device or folder")
    func places() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/device"
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: LoadError.system(SystemError(path, code: EEXIST))) {
            try ResultFile(path: path)
        }
        #expect(throws: LoadError.system(SystemError(folder.path, code: EISDIR))) {
            try ResultFile(path: folder.path)
        }
    }
}
