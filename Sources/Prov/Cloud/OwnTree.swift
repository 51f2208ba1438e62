import DeploymentState
import Posix

/// The tree of files that this program belongs to: a checkout, or `PREFIX/share/prov`.
enum OwnTree {
    /// Returns where a file of the tree may be, the nearest first.
    ///
    /// - Parameter path: Relative to the tree's root, such as `prov/ec2`.
    /// - Returns: Absolute paths.
    static func candidates(_ path: String) -> [String] {
        candidates(path, of: OwnProgram.path)
    }

    /// Returns where a file may be for a program at `executable`, an absolute path.
    static func candidates(_ path: String, of executable: String) -> [String] {
        var folder = Files.split(executable).directory
        var found: [String] = []
        while folder.hasPrefix("/"), folder != "/" {
            found += ["\(folder)/\(path)", "\(folder)/share/prov/\(path)"]
            folder = Files.split(folder).directory
        }
        return found
    }
}
