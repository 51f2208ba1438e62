internal import DeploymentState

/// The URL by which terraform's AWS provider reaches EC2, where the environment or a profile names one.
///
/// The order is AWS's own for all its tools
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html), as the provider keeps it.
struct AWSEndpoint {
    let environment: [String: String]

    /// Returns the URL without a slash at its end; empty for AWS's own.
    var url: String {
        let found = configured ?? ""
        return found.hasSuffix("/") ? String(found.dropLast()) : found
    }

    private var configured: String? {
        let profile = AWSProfile(environment)
        let ignores =
            environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"].flatMap { $0.isEmpty ? nil : $0 }
            ?? profile.settings["ignore_configured_endpoint_urls"]
        guard ignores?.lowercased() != "true" else { return nil }
        let variables = ["AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL"].map { environment[$0] }
        let settings = [
            // The provider passes over the section as soon as the variable is there, be it empty.
            variables[1] == nil ? profile.endpoint(ofService: "ec2") : nil,
            profile.settings["endpoint_url"],
        ]
        return (variables + settings).compactMap(\.self).first { !$0.isEmpty }
    }
}

/// The profile of AWS's own tools that is in force, as the shared config and credentials files have it.
struct AWSProfile {
    /// Its settings, those of the config file before those of the credentials file; keys in small letters.
    let settings: [String: String]
    private let services: [String: String]

    /// Reads the files; one that is not there, or cannot be read, says nothing.
    init(_ environment: [String: String]) {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let home = environment["HOME"] ?? ""
        func sections(_ variable: String, _ standard: String) -> AWSSections {
            var path = value(variable) ?? "\(home)/.aws/\(standard)"
            if path.hasPrefix("~/") { path = home + path.dropFirst() }
            return AWSSections((try? Files.read(path)) ?? "")  // absent: nothing is set there
        }
        let config = sections("AWS_CONFIG_FILE", "config")
        let credentials = sections("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        let name = value("AWS_PROFILE") ?? value("AWS_DEFAULT_PROFILE") ?? "default"
        let plain = name == "default" ? config["default"] : [:]
        settings = credentials[name]
            .merging(plain) { _, new in new }
            .merging(config["profile \(name)"]) { _, new in new }
        services = settings["services"].map { config["services \($0)"] } ?? [:]
    }

    /// The `endpoint_url` that the profile's section `services` has for one service.
    func endpoint(ofService service: String) -> String? { services["\(service).endpoint_url"] }
}

/// The sections of one of AWS's shared files, by what stands in their brackets.
private struct AWSSections {
    private var sections: [String: [String: String]] = [:]

    /// The keys of a section, those of an indented block as `BLOCK.KEY`; empty if there is none.
    subscript(name: String) -> [String: String] { sections[name] ?? [:] }

    init(_ text: String) {
        var section: String?
        var block: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let isIndented = line.first == " " || line.first == "\t"
            let words = Self.withoutComment(line).split { $0 == " " || $0 == "\t" }
            let bare = words.joined(separator: " ")
            guard !bare.isEmpty else { continue }
            if bare.hasPrefix("["), let end = bare.firstIndex(of: "]") {
                let name = bare[bare.index(after: bare.startIndex)..<end].split(separator: " ")
                section = name.joined(separator: " ")
                block = nil
                continue
            }
            guard let section, let equals = bare.firstIndex(of: "=") else { continue }
            let key = bare[..<equals].split(separator: " ").joined().lowercased()
            let value = bare[bare.index(after: equals)...].drop { $0 == " " }
            if isIndented {
                // Without a block it goes on with the value before.
                if let block {
                    sections[section, default: [:]]["\(block).\(key)"] = String(value)
                }
            } else {
                block = value.isEmpty ? key : nil
                sections[section, default: [:]][key] = String(value)
            }
        }
    }

    /// A comment is a whole line, or what follows a blank.
    private static func withoutComment(_ line: Substring) -> Substring {
        var isBehindBlank = true
        for index in line.indices {
            if isBehindBlank, line[index] == "#" || line[index] == ";" { return line[..<index] }
            isBehindBlank = line[index] == " " || line[index] == "\t"
        }
        return line
    }
}
