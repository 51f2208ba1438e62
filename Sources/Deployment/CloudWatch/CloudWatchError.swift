import Usage

/// Why a trial has no figures of CloudWatch; the trial itself is as it was.
public enum CloudWatchError: Error, Hashable, CustomStringConvertible {
    /// There is no AWS command line.
    case noProgram
    /// A machine of EC2 of which the template does not say where it stands.
    case noRegion(node: String, zone: String?)
    /// Nothing was loaded, so that there is no time to ask about.
    case noStress(trial: String)
    /// The trial's record says what no trial has written.
    case noRecord(path: String)
    /// A key of the configs is a reference that only `prov` follows.
    case reference(key: String, file: String)
    /// The credentials lead to another account than the one in which the machines were made.
    case otherPlace(deployment: String, what: String, made: String, found: String)
    /// The AWS command line failed.
    case failed(call: String, ending: String, said: String)
    /// It printed something else than it documents.
    case unreadable(call: String, text: String)

    /// The place, what was found, and the remedy.
    public var description: String {
        switch self {
        case .noProgram:
            "CloudWatch is asked by the AWS command line: no program aws; install it (on Debian: "
                + "apt-get install awscli), or put its directory into PATH"
        case .noRegion(let node, let zone):
            "\(node) is a machine of EC2, and its availability_zone is "
                + (zone.map { "\"\($0.prefix(80))\"" } ?? "not said")
                + ": have the template's output \"nodes\" give it in vars, such as us-east-1a"
        case .noStress(let trial):
            "\(trial): nothing was loaded, so that there is no time to ask CloudWatch about; call it behind "
                + "run(_:into:)"
        case .noRecord(let path): "\(path): is no record of a trial; measure anew"
        case .reference(let key, let file):
            "\(file): \(key) is a reference, which scripts do not follow: leave access_key and secret_key out "
                + "of this config, and export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        case .otherPlace(let deployment, let what, let made, let found):
            "\(deployment): was made with the \(what) \"\(made)\", and this is \"\(found)\", from where its "
                + "machines cannot be seen; call it with the credentials and the environment that made it"
        case .failed(let call, let ending, let said):
            "aws \(call): \(ending)" + (said.isEmpty ? "" : ": \(said)") + Self.remedy(said)
        case .unreadable(let call, let text):
            "aws \(call): the answer cannot be read: \"\(text.printableLine.prefix(200))\"; look what it prints "
                + "by itself (aws --version says which it is)"
        }
    }

    /// What helps against what the AWS command line says most; empty for anything else.
    private static func remedy(_ said: String) -> String {
        let remedies = [
            (
                "AccessDenied",
                "allow cloudwatch:GetMetricData and cloudwatch:ListMetrics to these credentials"
            ),
            (
                "Unable to locate credentials",
                "set access_key and secret_key in a config, AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
            ),
            ("Expired", "renew the credentials"),
            ("InvalidClientTokenId", "correct the access key"),
            ("SignatureDoesNotMatch", "correct the secret key"),
            ("Could not connect", "look at the network, and at AWS_ENDPOINT_URL"),
        ]
        return remedies.first { said.contains($0.0) }.map { "; \($0.1)" } ?? ""
    }
}
