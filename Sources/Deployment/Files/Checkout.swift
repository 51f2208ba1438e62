import Foundation
import Posix

/// The checkout of this project that a program was built in.
enum Checkout {
    /// The running program.
    static var executable: URL { URL(filePath: OwnProgram.path) }

    /// The checkout's folder; `nil` if the running program is in none.
    static var ofThisProgram: String? { above(executable) }

    /// The nearest folder above a file that has `bin/build`; `nil` if there is none.
    static func above(_ file: URL) -> String? {
        var folder = file.deletingLastPathComponent()
        while !FileManager.default.isExecutableFile(atPath: folder.path + "/bin/build") {
            guard folder.path != "/" else { return nil }
            folder.deleteLastPathComponent()
        }
        return folder.path
    }
}
