import DeploymentState
import FoundationEssentials
import Usage

/// When a deployment's machines end themselves.
enum Expiry {
    /// Reads the option `--ttl`, and without it the config's `ttl`.
    ///
    /// - Throws: `UsageError` for an option that is no duration.
    static func ttl(_ arguments: Arguments, settings: Settings) throws -> Duration? {
        guard let text = arguments.value("ttl") else {
            return settings.text("ttl").flatMap(ConfigDuration.parse)
        }
        return try duration(text, as: "--ttl", in: arguments)
    }

    /// Reads a duration from the command line.
    static func duration(_ text: String, as name: String, in arguments: Arguments) throws
        -> Duration
    {
        guard let duration = ConfigDuration.parse(text) else {
            throw arguments.error(
                "\(name) must be a duration such as 8h, 90m or 1h30m, not \"\(text)\""
            )
        }
        return duration
    }

    /// Returns the end of a deployment: computed once, then kept, and anew after it has passed.
    ///
    /// - Parameters:
    ///   - record: What was kept.
    ///   - ttl: How long it may live from now on, if it has no end yet.
    ///   - template: It must be one whose machines can end themselves, if there is to be an end.
    ///   - now: The time.
    ///   - say: Gets a line if the end is another than before.
    /// - Returns: `nil` for no end.
    /// - Throws: ``ProvError/expired(name:at:)`` if it has passed and there is no `ttl`, or
    ///   ``ProvError/noExpiry(name:reason:)``.
    static func end(
        _ record: DeploymentRecord,
        ttl: Duration?,
        template: TemplateFolder,
        now: Moment = .now,
        say: (String) -> Void
    ) throws -> Moment? {
        let kept = record.expiresAt.map { Moment(date: $0) }
        if let kept, kept.date > now.date { return kept }
        guard let ttl else {
            if let kept { throw ProvError.expired(name: record.name, at: kept.text) }
            return nil
        }
        guard template.declares("expires_at") else {
            let reason =
                "\(template.name) cannot end machines by itself: it declares no variable "
                + "\"expires_at\" (leave ttl out)"
            throw ProvError.noExpiry(name: record.name, reason: reason)
        }
        let end = now.adding(ttl)
        if let kept { say("it expired at \(kept.text); a new end is \(end.text)") }
        return end
    }
}

extension Moment {
    /// Returns the time so much later, in whole seconds.
    func adding(_ duration: Duration) -> Moment {
        Moment(date: date.addingTimeInterval(Double(duration.components.seconds)))
    }

    /// How long until then, as in `3 h 5 min`; `expired` once it has passed.
    func remaining(at now: Moment = .now) -> String {
        date <= now.date ? "expired" : now.age(at: self)
    }
}
