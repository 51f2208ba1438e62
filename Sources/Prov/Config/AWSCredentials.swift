internal import DeploymentState

/// Where AWS's own tools look for credentials.
struct AWSCredentials {
    let environment: [String: String]

    /// Whether any of the places has something; whether AWS takes it, only AWS knows.
    var mayBeFound: Bool {
        if isSet("AWS_ACCESS_KEY_ID"), isSet("AWS_SECRET_ACCESS_KEY") { return true }
        let sources = [
            "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ]
        return sources.contains(where: isSet) || hasProfile || isOnEC2
    }

    private func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }

    private var hasProfile: Bool {
        let home = (environment["HOME"] ?? "") + "/.aws/"
        let name = environment["AWS_PROFILE"] ?? environment["AWS_DEFAULT_PROFILE"] ?? "default"
        let files = [
            environment["AWS_SHARED_CREDENTIALS_FILE"] ?? home + "credentials",
            environment["AWS_CONFIG_FILE"] ?? home + "config",
        ]
        return files.contains { file in
            let text = try? Files.read(file)  // absent: no profile there
            return text.map { Self.has(name, in: $0) } ?? false
        }
    }

    /// Whether a profile's section has a line by which credentials can be had.
    private static func has(_ profile: String, in text: String) -> Bool {
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split { " \t[]=".contains($0) }
            if line.drop(while: \.isWhitespace).hasPrefix("[") {
                isInside = words.last.map { $0 == profile } ?? false
            } else if isInside, let key = words.first, isSource(String(key)) {
                return true
            }
        }
        return false
    }

    private static func isSource(_ key: String) -> Bool {
        key == "aws_access_key_id" || key == "credential_process" || key == "credential_source"
            || key == "web_identity_token_file" || key == "role_arn" || key.hasPrefix("sso_")
            || key == "source_profile"
    }

    /// A machine of EC2 may have a role, which only its metadata service could tell.
    private var isOnEC2: Bool {
        let vendor = try? Files.read("/sys/class/dmi/id/sys_vendor")  // absent in containers
        return vendor?.hasPrefix("Amazon EC2") ?? false
    }
}
