public import FoundationEssentials

/// What `deployment.json` says: what was made from what, when and by whom, and how far it got.
public struct DeploymentRecord: Sendable, Hashable, Codable {
    /// What the scripts can set up on servers, by the names in configs; the first if none is named.
    public static let systems = [
        "redis", "etcd", "postgresql", "scylla", "cassandra", "service",
    ]

    /// How far a deployment got.
    public enum Status: String, Sendable, Hashable, Codable {
        /// Terraform is at work, or was when its `prov` was killed.
        case provisioning
        /// All nodes are there, and all files about them.
        case ready
        /// A failure or an interrupt stopped it half-way.
        case partial
        /// Its end has begun.
        case destroying
    }

    /// A config file as it was read.
    public struct ConfigFile: Sendable, Hashable, Codable {
        /// The absolute path.
        public let path: String
        /// SHA-256 of the content, in hexadecimal.
        public let digest: String

        /// Makes the record of a config file.
        public init(path: String, digest: String) {
            self.path = path
            self.digest = digest
        }
    }

    /// The deployment's name, which is its directory's.
    public var name: String
    /// Eight random hexadecimal digits that tell it from others of the same name.
    public var id: String
    /// The absolute path of the state directory when it was last written; `nil` in records of old.
    public var directory: String?
    /// What tells that directory from its copies; `nil` in records of old.
    public private(set) var mark: DirectoryMark?
    /// The absolute path of the template.
    public var template: String
    /// The config files in the order of merging.
    public var configs: [ConfigFile]
    /// When it was first provisioned.
    public var createdAt: Date
    /// Who provisioned it first, as `USER@HOST`.
    public var createdBy: String
    /// When its machines end themselves; `nil` if they stay until deprovisioned.
    public var expiresAt: Date?
    /// The availability zone in which all its machines stand; `nil` if the configs name none.
    public var zone: String?
    /// Where its machines stand, as far as the template can tell, such as `account`, `partition`,
    /// `endpoint` and `region`; `nil` if it cannot.
    public var place: [String: String]?
    /// What runs on its servers, one of ``systems``; `nil` if the configs name none.
    public var system: String?
    /// How far it got.
    public var status: Status
    /// Whether terraform ever began to make something, which is written before it does; `nil` in records of old.
    public var wasApplied: Bool?
    /// The private key for SSH: an absolute path, or a name inside the state directory.
    public var identity: String
    /// The absolute path of the `terraform` or `tofu` that made it.
    public var terraform: String

    /// Makes a record.
    public init(
        name: String,
        id: String,
        directory: String? = nil,
        template: String,
        configs: [ConfigFile],
        createdAt: Date,
        createdBy: String,
        expiresAt: Date? = nil,
        zone: String? = nil,
        status: Status,
        wasApplied: Bool? = nil,
        identity: String,
        terraform: String
    ) {
        self.name = name
        self.id = id
        self.directory = directory
        self.template = template
        self.configs = configs
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.zone = zone
        self.status = status
        self.wasApplied = wasApplied
        self.identity = identity
        self.terraform = terraform
    }

    /// Reads the record from `deployment.json`; times in whole seconds, as they are written, rounded down.
    package init(file: String) throws(InventoryError) {
        let text = try OwnFile.read(file)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            self = try decoder.decode(Self.self, from: Data(text.utf8))
            createdAt = createdAt.inWholeSeconds
            expiresAt = expiresAt?.inWholeSeconds
        } catch {
            throw .malformed(path: file, line: nil, reason: "no record of a deployment: \(error)")
        }
    }

    /// Reads the record of a state directory, which may have been moved since it was written.
    ///
    /// - Throws: ``InventoryError``, also if the directory is not this user's, goes by another name, or is or may be
    ///   a copy: what is done to a copy would be done to the machines of the original.
    package init(of files: StateFiles) throws(InventoryError) {
        try files.requireOwn()
        try self.init(file: files.record)
        guard name == files.name else { throw .otherName(path: files.path, name: name) }
        try files.requireOriginal(self)
        settle(in: files)
    }

    /// Notes where the directory is in which the record will be written.
    package mutating func settle(in files: StateFiles) {
        directory = files.path
        mark = DirectoryMark(files.path)
    }

    /// Writes the record; times are kept in whole seconds.
    package func write(to file: String) throws(InventoryError) {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(self)
        } catch {
            throw .unwritable(path: file, reason: "\(error)")
        }
        try Files.write(String(decoding: data, as: UTF8.self) + "\n", to: file)
    }
}

extension Date {
    fileprivate var inWholeSeconds: Date {
        Date(timeIntervalSinceReferenceDate: timeIntervalSinceReferenceDate.rounded(.down))
    }
}
