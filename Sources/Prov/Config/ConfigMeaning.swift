internal import Glibc
internal import YAML

/// Looks for values that are well formed and still wrong, before terraform runs.
struct ConfigMeaning {
    /// The widest network that may reach SSH unless `--open-ssh` is said.
    static let widest = 8

    /// Those that are set and of the right type.
    let settings: [Config.Setting]
    /// The absolute path of each key that names a file.
    let paths: [String: String]
    /// Whether `--open-ssh` is said.
    let opensSSH: Bool
    let environment: [String: String]

    /// Finds the faults.
    ///
    /// - Parameters:
    ///   - needsCredentials: Whether the template talks to AWS.
    ///   - files: The config files, for what is in none of them.
    /// - Returns: One for each, in no order.
    func faults(needsCredentials: Bool, files: [String]) -> [ConfigError] {
        var faults = zoneFaults + sshFaults + keyFaults + pairFaults
        if needsCredentials, let fault = absentCredentials(files) {
            faults.append(fault)
        }
        return faults
    }

    private func setting(_ key: String) -> Config.Setting? { settings.first { $0.key == key } }

    private func fault(_ key: String, _ problem: String, at mark: Mark) -> ConfigError {
        ConfigError(.unfit(key: key, problem: problem), at: mark)
    }

    private var zoneFaults: [ConfigError] {
        guard let region = setting("region")?.value.string,
            let value = setting("availability_zone")?.value
        else { return [] }
        let zones = value.sequence ?? [value]
        return zones.compactMap { zone in
            guard let name = zone.string, !name.hasPrefix(region) || name == region else {
                return nil
            }
            let problem = "is in no zone of \(region): \"\(name)\" (name one such as \(region)a)"
            return fault("availability_zone", problem, at: zone.mark)
        }
    }

    private var sshFaults: [ConfigError] {
        guard let value = setting("ssh_cidr")?.value, let text = value.string, text != "auto"
        else { return [] }
        return (Network.list(text) ?? []).compactMap { network in
            problem(with: network).map { fault("ssh_cidr", $0, at: value.mark) }
        }
    }

    private func problem(with network: Network) -> String? {
        if network.length < Self.widest, !opensSSH {
            let who = network.length == 0 ? "the whole world" : "too many"
            return
                "opens SSH to \(who): \"\(network.text)\" (name your own network, or auto for your "
                + "own address; --open-ssh permits it)"
        }
        if network.isV6 {
            return "is IPv6, which the deployment's network does not have: \"\(network.text)\" "
                + "(name an IPv4 network, or auto)"
        }
        guard network.hasHostBits else { return nil }
        let address = network.text.prefix { $0 != "/" }
        return "has host bits set: \"\(network.text)\" (write \(network.base) for the network, or "
            + "\(address)/32 for the one address)"
    }

    private var keyFaults: [ConfigError] {
        guard let value = setting("private_key_path")?.value,
            let path = paths["private_key_path"]
        else { return [] }
        var info = stat()
        guard stat(path, &info) == 0 else { return [] }
        if info.st_mode & S_IFMT == S_IFDIR {
            let problem = "names a directory: \"\(path)\" (name the key file in it)"
            return [fault("private_key_path", problem, at: value.mark)]
        }
        guard info.st_mode & 0o077 != 0 else { return [] }
        let mode = String(info.st_mode & 0o777, radix: 8)
        let problem =
            "names a key that others may read, so ssh refuses it: \"\(path)\" has mode 0\(mode) "
            + "(chmod 600 \(path))"
        return [fault("private_key_path", problem, at: value.mark)]
    }

    private var pairFaults: [ConfigError] {
        let keys = ["access_key", "secret_key"]
        let given = keys.compactMap { setting($0) }
        let remedy = "leave both keys out to use the AWS environment or profile"
        let empty = given.filter { $0.value.string == "" }
        guard empty.isEmpty else {
            return empty.map {
                fault($0.key, "is empty (fill it in, or \(remedy))", at: $0.value.mark)
            }
        }
        guard given.count == 1, let only = given.first else { return [] }
        let other = keys.first { $0 != only.key } ?? ""
        return [fault(only.key, "is set without \(other) (set both, or \(remedy))", at: only.mark)]
    }

    private func absentCredentials(_ files: [String]) -> ConfigError? {
        // One of them alone is a fault of its own.
        guard setting("access_key") == nil, setting("secret_key") == nil,
            !AWSCredentials(environment: environment).mayBeFound
        else { return nil }
        let place = files.isEmpty ? "no config file" : files.joined(separator: ", ")
        let problem =
            "and secret_key are in no config, and neither the AWS environment nor a profile has any "
            + "(set both keys in a config, export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
            + "choose a profile with AWS_PROFILE)"
        return ConfigError(.unfit(key: "access_key", problem: problem), file: place)
    }
}
