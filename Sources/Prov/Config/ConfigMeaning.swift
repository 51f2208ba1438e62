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
        var faults = ownerFaults + tagFaults + imageFaults + controlFaults
        faults += zoneFaults + sshFaults + keyFaults + pairFaults
        if needsCredentials, let fault = absentCredentials(files) {
            faults.append(fault)
        }
        return faults
    }

    private func setting(_ key: String) -> Config.Setting? { settings.first { $0.key == key } }

    private func fault(_ key: String, _ problem: String, at mark: Mark) -> ConfigError {
        ConfigError(.unfit(key: key, problem: problem), at: mark)
    }

    /// Everybody may read whose machines they are: it is a tag in the account, or a line on this host.
    private var ownerFaults: [ConfigError] {
        guard let owner = setting("owner"), owner.isSecret else { return [] }
        let problem =
            "is secret, and everybody may read whose machines they are (write ${env:NAME:public}, "
            + "or the name itself)"
        return [fault("owner", problem, at: owner.value.mark)]
    }

    /// Whoever may look at the account's machines reads their tags, and the state holds them.
    private var tagFaults: [ConfigError] {
        guard let tags = setting("tags"), tags.isSecret else { return [] }
        let problem =
            "are secret, and whoever may look at the account reads them (write ${env:NAME:public}, "
            + "or the text itself)"
        return [fault("tags", problem, at: tags.value.mark)]
    }

    /// What an image is made of stands in the command line of its build, and in its log, which stays
    /// beside the images when the deployment has gone.
    private var imageFaults: [ConfigError] {
        let names = ["image_suite", "image_packages", "service_packages"]
        return names.compactMap { setting($0) }.filter(\.isSecret).map { key in
            let problem =
                "is secret, and everybody may read what an image is made of (write "
                + "${env:NAME:public}, or the names themselves)"
            return fault(key.key, problem, at: key.value.mark)
        }
    }

    /// Programs get values as arguments and in their environment, where a NUL ends them; and whose machines
    /// they are is shown in one line.
    private var controlFaults: [ConfigError] {
        settings.compactMap { setting in
            let isLine = ["owner", "tags"].contains(setting.key)
            guard
                let node = setting.value.firstText(where: { text in
                    !isLine
                        ? text.utf8.contains(0)
                        : text.unicodeScalars.contains {
                            $0.value < 0x20 || (0x7F...0x9F).contains($0.value)
                        }
                })
            else { return nil }
            let problem =
                "holds a control character, which \(isLine ? "no line" : "no program's argument") "
                + "can (remove it)"
            return fault(setting.key, problem, at: node.mark)
        }
    }

    private var zoneFaults: [ConfigError] {
        guard let place = setting("region"), let region = place.value.string,
            let names = setting("availability_zone")
        else { return [] }
        let zones = names.value.sequence ?? [names.value]
        return zones.compactMap { zone in
            guard let name = zone.string, !name.hasPrefix(region) || name == region else {
                return nil
            }
            let (found, wanted) = (names.shown("\"\(name)\""), place.shown(region))
            let example = place.isSecret ? "" : " (name one such as \(region)a)"
            let problem = "is in no zone of \(wanted): \(found)\(example)"
            return fault("availability_zone", problem, at: zone.mark)
        }
    }

    private var sshFaults: [ConfigError] {
        guard let range = setting("ssh_cidr"), let text = range.value.string, text != "auto"
        else { return [] }
        return (Network.list(text) ?? []).compactMap { network in
            problem(with: network, of: range).map {
                fault("ssh_cidr", $0, at: range.value.mark)
            }
        }
    }

    private func problem(with network: Network, of setting: Config.Setting) -> String? {
        let text = setting.shown("\"\(network.text)\"")
        if network.length < Self.widest, !opensSSH {
            let who = network.length == 0 ? "the whole world" : "too many"
            return
                "opens SSH to \(who): \(text) (name your own network, or auto for your "
                + "own address; --open-ssh permits it)"
        }
        if network.isV6 {
            return "is IPv6, which the deployment's network does not have: \(text) "
                + "(name an IPv4 network, or auto)"
        }
        guard network.hasHostBits else { return nil }
        guard !setting.isSecret else {
            return "has host bits set: \(text) (clear the bits behind the network's)"
        }
        let address = network.text.prefix { $0 != "/" }
        return "has host bits set: \(text) (write \(network.base) for the network, or "
            + "\(address)/32 for the one address)"
    }

    private var keyFaults: [ConfigError] {
        guard let key = setting("private_key_path"), let path = paths["private_key_path"]
        else { return [] }
        let (value, shown) = (key.value, key.shown("\"\(path)\""))
        var info = stat()
        guard stat(path, &info) == 0 else { return [] }
        if info.st_mode & S_IFMT == S_IFDIR {
            let problem = "names a directory: \(shown) (name the key file in it)"
            return [fault("private_key_path", problem, at: value.mark)]
        }
        guard info.st_mode & 0o077 != 0 else { return [] }
        let mode = String(info.st_mode & 0o777, radix: 8)
        let problem =
            "names a key that others may read, so ssh refuses it: \(shown) has mode 0\(mode) "
            + "(chmod 600 \(key.shown(path)))"
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

extension YAMLNode {
    /// The first text in this value, keys of maps included, that is such.
    fileprivate func firstText(where isSuch: (String) -> Bool) -> YAMLNode? {
        switch value {
        case .string(let text): isSuch(text) ? self : nil
        case .sequence(let nodes): nodes.compactMap { $0.firstText(where: isSuch) }.first
        case .mapping(let mapping):
            mapping.entries.compactMap {
                $0.key.firstText(where: isSuch) ?? $0.value.firstText(where: isSuch)
            }.first
        default: nil
        }
    }
}

extension Config.Setting {
    /// What an error shows for `text`, which is this setting's value or a part of it.
    func shown(_ text: String) -> String { isSecret ? ConfigListing.redacted : text }
}
