import Foundation

extension Validity {
    /// A load that ended while no script was there: what its nodes did until one came is in their figures.
    static func unattended(_ stress: StressEvidence) -> [Finding] {
        // As long as a script may take that was there all the time.
        let usual = 5.0
        guard let late = stress.attached?.secondsBehindEnd, late > usual else { return [] }
        return [
            Finding(
                kind: "unattended",
                verdict: .questionable,
                figure: late,
                limit: usual,
                text: "\(stress.name): no script was there at its end: its nodes were read "
                    + "\(seconds(late)) after it, and their figures are of that time too"
            )
        ]
    }
}
