import Foundation

extension Validity {
    /// Judges a trial by what its steps noted.
    init(of notes: TrialNotes, limits: ValidityLimits) {
        var findings = Validity(of: notes.stresses, limits: limits).findings
        findings += Self.unused(notes.plans)
        if let restored = notes.restored, !restored.isCounted {
            findings.append(
                Finding(
                    kind: "uncounted",
                    verdict: .questionable,
                    text: "dataset \(restored.name) was restored, and nobody counted what the "
                        + "servers then held (verifyDataset)"
                )
            )
        }
        self.init(findings)
    }

    /// Judges a trial by the evidence of its stresses.
    ///
    /// - Parameters:
    ///   - stresses: What was kept of each, in order.
    ///   - limits: What they must keep within.
    init(of stresses: [StressEvidence], limits: ValidityLimits) {
        guard !stresses.isEmpty else {
            self.init([Self.broken("no_stress", "no stress was run")])
            return
        }
        self.init(
            stresses.flatMap {
                Self.loaderFindings($0, limits) + Self.others($0, among: stresses, limits)
                    + Self.nodeFindings($0, limits) + Self.faultFindings($0) + Self.unattended($0)
            }
        )
    }

    /// A fact that makes numbers worth nothing, whatever its size.
    static func broken(
        _ kind: String,
        _ text: String,
        _ figure: Double? = nil,
        limit: Double? = nil
    ) -> Finding {
        Finding(kind: kind, verdict: .invalid, figure: figure, limit: limit, text: text)
    }

    /// The finding of a figure that is not within its bound; the text gets the limit.
    static func finding(
        _ kind: String,
        _ figure: Double,
        _ bound: Bound,
        _ text: (Double) -> String
    ) -> Finding? {
        guard let (verdict, limit) = bound.verdict(of: figure) else { return nil }
        return Finding(
            kind: kind,
            verdict: verdict,
            figure: figure.isFinite ? figure : nil,
            limit: limit,
            text: text(limit)
        )
    }

    /// A share of 1 such as `11.6 %`, `0.1 %` or `0.0004 %`.
    static func percent(_ share: Double) -> String {
        // as a percentage of its own, since 100 times 0.01475 is no longer half of anything
        String(
            share.formatted(
                .percent.precision(.significantDigits(1...3))
                    .rounded(rule: .toNearestOrAwayFromZero)
                    .locale(Locale(identifier: "en_US"))
            ).dropLast()
        ) + " %"
    }

    /// Such as `7.3 s`.
    static func seconds(_ seconds: Double) -> String {
        seconds.formatted(
            .number.precision(.significantDigits(1...3))
                .rounded(rule: .toNearestOrAwayFromZero)
                .locale(Locale(identifier: "en_US"))
        ) + " s"
    }

    /// Such as `104 ms`.
    static func milliseconds(_ milliseconds: Double) -> String {
        milliseconds.formatted(
            .number.precision(.significantDigits(1...3)).locale(Locale(identifier: "en_US"))
        ) + " ms"
    }
}
