import Deployment
import Experiment
import Usage

extension Deployment {
    /// Runs trial after trial until the verdict is clear, or there is a reason to end before.
    func play(
        _ rules: ExperimentRules,
        with variants: Variants,
        _ words: Words,
        noting folder: inout ExperimentFolder
    ) async throws -> Judgement {
        let begun = ContinuousClock.now
        var judgement = rules.judge(folder.record)
        var longest = Duration.seconds(rules.file.load.seconds)
        while case .run(let isRehearsal, let pair, let side) = judgement.next {
            if judgement.hasRehearsed, !judgement.hopeless.isEmpty, !words.goesOnAnyway {
                print("some of it cannot be shown: change the load or the effect, or give --anyway")
                break
            }
            let now = ContinuousClock.now
            if let budget = words.budget, now - begun + longest > budget {
                print("the budget is used up")
                break
            }
            let entry = try await undoneTrial(
                at: (isRehearsal, pair, side),
                in: rules.file,
                with: variants,
                noting: &folder
            )
            try folder.add(entry)
            judgement = rules.judge(folder.record)
            longest = max(longest, ContinuousClock.now - now)
            print(entry.line(in: rules.file))
            if isRehearsal, judgement.hasRehearsed { print("\n\(judgement.rehearsalText)\n") }
        }
        return judgement
    }
}
