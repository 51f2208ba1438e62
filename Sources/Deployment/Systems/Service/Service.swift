import DeploymentState
import Shell
import YAML

/// Any service that a config describes: a unit, its packages, a port, how to see that it is well.
///
/// It has no datasets and no settings that would be known here; the config of the deployment holds:
/// `service_unit`, `service_packages`, `service_port`, `service_health` and `service_load`.
struct Service: System {
    let name = "service"
    /// What the config says; another unit than `.service` has its full name there.
    let unit: String
    let clientPort: Int
    let dataDirectories: [String] = []
    let configurationFiles: [String] = []
    /// Whether it has metrics of its own nobody knows.
    let exportsMetrics = false
    let packages: [String]
    /// A shell command, which root runs on each server; without one the port must take a connection.
    let health: String?
    /// A shell command, which root runs on each client.
    let load: String?

    /// The value behind the name, until a deployment's config describes it.
    static let undescribed = Service(unit: "", port: 0)

    var isDescribed: Bool { clientPort > 0 }

    init(
        unit: String,
        packages: [String] = [],
        port: Int,
        health: String? = nil,
        load: String? = nil
    ) {
        self.unit = unit.contains(".") ? unit : unit + ".service"
        self.packages = packages
        clientPort = port
        self.health = health
        self.load = load
    }

    /// Reads the merged config of a deployment.
    ///
    /// - Parameters:
    ///   - config: Its text.
    ///   - place: Where it stands, for errors.
    /// - Throws: ``ServiceError`` if a key is missing; `YAMLError` for a text that is no YAML.
    init(config: String, at place: String) throws {
        let keys = try YAMLNode.parse(config, file: place)?.mapping
        guard let unit = keys?["service_unit"]?.string, let port = keys?["service_port"]?.int else {
            throw ServiceError(place: place)
        }
        let packages = keys?["service_packages"]?.sequence?.compactMap(\.string) ?? []
        self.init(
            unit: unit,
            packages: packages,
            port: port,
            health: keys?["service_health"]?.string,
            load: keys?["service_load"]?.string
        )
    }

    func install() -> RemoteCall { .installPackages(packages) }

    var loadProgram: (any LoadProgram)? {
        load.map { text in
            CommandLoad("bash", log: nil) { part in
                ["-euo", "pipefail", "-c", Self.told + text, "load"] + Self.words(of: part)
            }
        }
    }

    /// What the command of a client's part finds in its environment.
    private static let told = """
        export PROV_PART=$1 PROV_PARTS=$2 PROV_RATE=$3 PROV_SECONDS=$4 PROV_START=$5 PROV_FOLDER=$6
        shift 6
        export PROV_SERVER=$1 PROV_SERVERS="$*"

        """

    private static func words(of part: LoadPart) -> [String] {
        var (rate, seconds) = ("max", "0")
        if case .rate(let all, let duration) = part.stress.pace {
            rate = BenchLoad.decimal(all / Double(part.clients))
            seconds = BenchLoad.decimal(duration.inSeconds)
        }
        return [
            "\(part.place + 1)", "\(part.clients)", rate, seconds, "\(part.start)", part.folder,
        ] + part.servers
    }

    func isUp(_ node: Node) -> RemoteCall {
        if let health {
            return .script(
                """
                # the service is well
                bash -euo pipefail -c "$1" >&2
                """,
                arguments: [.plain(health)],
                timeLimit: .seconds(20)
            )
        }
        return RemoteCall(
            [
                "timeout", "5", "bash", "-c", #"exec 3<>"/dev/tcp/$0/$1""#,
                .plain(node.privateHost), .plain("\(clientPort)"),
            ],
            timeLimit: .seconds(20)
        )
    }

    /// Prints the versions of its packages and of its unit's file.
    func inForce(_ node: Node) -> RemoteCall {
        .script(
            """
            # ask which service is in force
            unit=$1
            shift
            [ $# -eq 0 ] || dpkg-query --show --showformat '${Package} ${Version}\\n' "$@"
            echo "$unit $(systemctl cat "$unit" | sha256sum | cut -c 1-12)"
            """,
            arguments: [.plain(unit)] + packages.map(Command.Word.plain),
            timeLimit: .seconds(20)
        )
        .repeatable
    }

    func inForce(from answer: String) throws -> InForce {
        let lines = answer.split(separator: "\n")
        guard !lines.isEmpty else { throw DatabaseError.unreadable(name, answer) }
        return InForce(version: lines.joined(separator: ", "), settings: [:])
    }
}

/// A deployment's config names the system `service` and does not say which.
struct ServiceError: Error, Hashable, CustomStringConvertible {
    let place: String

    var description: String {
        "\(place): system \"service\" needs service_unit and service_port: "
            + "add them to a config and provision again"
    }
}
