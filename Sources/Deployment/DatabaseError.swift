/// What a database cannot do as it was asked.
public enum DatabaseError: Error, Hashable, CustomStringConvertible {
    /// The setting belongs to the deployment, which would stop working without it.
    case reservedSetting(String, reason: String)
    /// The setting's name or value has characters that the configuration file cannot hold.
    case badSetting(String)
    /// A setting's value holds what its file cannot, by the character's number.
    case controlCharacter(UInt32, of: String)
    /// Servers hold keys of another cluster, which nobody has allowed to delete; keys by node.
    case keysInTheWay([String: Int])
    /// Other values than those asked for are in force, each in words.
    case notInForce([String])
    /// After so many steps the servers are still no cluster.
    case noEnd(steps: Int)
    /// The database answered something that nobody expected; with the answer's beginning.
    case unreadable(String, String)

    /// The setting and the remedy.
    public var description: String {
        switch self {
        case .reservedSetting(let name, let reason):
            "setting \"\(name)\" is not free: \(reason)"
        case .unreadable(let database, let answer):
            "\(database) answered what cannot be read: \"\(answer)\""
        case .keysInTheWay(let keys):
            keys.sorted { $0.key < $1.key }.map { "\($0.key) holds \($0.value)" }
                .joined(separator: ", ")
                + " keys of another cluster: \"swift run setup\" deletes them and joins the servers;"
                + " datasets stay"
        case .notInForce(let differences):
            "not in force as asked: " + differences.joined(separator: ", ")
        case .noEnd(let steps):
            "the servers form no cluster after \(steps) steps: does another program change it?"
        case .badSetting(let text):
            "setting \"\(text)\" has a line break, or no name: write NAME=VALUE"
        case .controlCharacter(let number, let name):
            "the value of setting \"\(name)\" has the control character "
                + "U+\(String(number + 0x10000, radix: 16, uppercase: true).dropFirst()): leave it out"
        }
    }
}
