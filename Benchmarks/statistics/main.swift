// Simulates experiments whose truth is known and counts how often the verdict is right.
//
// A trial is simulated as seconds with autocorrelation and a level that varies from run to run, with
// the deviations measured on prov/local; a metric is the mean of the logarithms of its seconds. What
// is counted: false alarms of the sequential rule over three metrics, of sets of trials, and of one run
// compared with one run, the power at the forecast number of pairs, and the coverage of the intervals.

import Glibc
import Statistics

let runs = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000
let seed = CommandLine.arguments.dropFirst(2).first.flatMap { UInt64($0) } ?? 1

/// The noise of one metric: deviations of the logarithm over runs and over seconds.
struct Noise {
    let run: Double
    let second: Double
    /// The share of a second's deviation that the next second keeps.
    let memory = 0.7
    let seconds = 15

    /// One trial's value, as a logarithm.
    func trial(_ generator: inout SeededGenerator) -> Double {
        seconds(&generator, level: run * generator.nextNormal()).mean
    }

    /// One trial's seconds.
    func seconds(_ generator: inout SeededGenerator, level: Double) -> Differences {
        var state = second * generator.nextNormal()
        return Differences(
            (0..<seconds).map { _ in
                let fresh = second * (1 - memory * memory).squareRoot()
                state = memory * state + fresh * generator.nextNormal()
                return level + state
            }
        )
    }

    /// The deviation of a pair's difference.
    func pairs(_ generator: inout SeededGenerator, count: Int, effect: Double) -> Differences {
        Differences((0..<count).map { _ in trial(&generator) + effect - trial(&generator) })
    }
}

/// Prints a line at once: a simulation takes minutes.
func say(_ line: String) {
    print(line)
    fflush(nil)
}

func percent(_ share: Int, of all: Int) -> String {
    let tenths = (1_000 * Double(share) / Double(all)).rounded()
    return "\(tenths / 10) %"
}

var generator = SeededGenerator(seed: seed)
// median, p99 and p99.9 at 4,000/s over 10 trials on two shared cores
let metrics = [
    Noise(run: 0.09, second: 0.1), Noise(run: 0.22, second: 0.3), Noise(run: 0.59, second: 0.6),
]
let looks = Array(5...20)

/// Plays an experiment of A against A to its end.
///
/// - Returns: Whether any metric was called different.
@MainActor func isAlarm(_ metrics: [Noise], _ rule: SequentialTest) -> Bool {
    let all = metrics.map { $0.pairs(&generator, count: looks.last ?? 0, effect: 0) }
    var verdicts = metrics.map { _ in Verdict.undecided }
    for look in looks where verdicts.contains(.undecided) {
        let findings = rule.judge(
            all.map { (differences: Differences(Array($0.values.prefix(look))), better: .less) }
        )
        // A verdict that was once clear stands.
        for (index, finding) in findings.enumerated() where verdicts[index] == .undecided {
            verdicts[index] = finding.verdict
        }
    }
    return verdicts.contains(.slower) || verdicts.contains(.faster)
}

for judged in [metrics, [metrics[1]]] {
    let rule = SequentialTest(looks: looks, metrics: judged.count, effect: 0.05)
    var alarms = 0
    for _ in 0..<runs where isAlarm(judged, rule) { alarms += 1 }
    say(
        "false alarms, metrics: \(judged.count), looks: \(looks.count): "
            + "\(percent(alarms, of: runs)) of \(runs)"
    )
}

var naive = 0
for _ in 0..<runs {
    let levels = (0..<2).map { _ in metrics[1].run * generator.nextNormal() }
    let sides = levels.map { metrics[1].seconds(&generator, level: $0) }
    let pairs = zip(sides[0].values, sides[1].values).map { $1 - $0 }
    if Differences(pairs).studentP < 0.05 { naive += 1 }
}
say("false alarms of one run beside one run, second by second: \(percent(naive, of: runs))")

// Sets of trials that were not paired, as "bench compare A… vs B…" has them.
var setAlarms = 0
var setsCovered = 0
for _ in 0..<runs {
    let tests = metrics.map { metric in
        let sides = (0..<2).map { _ in (0..<5).map { _ in metric.trial(&generator) } }
        return Welch(a: sides[0], b: sides[1])
    }
    let different = Holm.rejected(tests.map(\.pValue)) { 0.05 / Double($0) }
    if different.contains(true) { setAlarms += 1 }
    if tests[1].interval(error: 0.05).contains(0) { setsCovered += 1 }
}
say("false alarms of 5 trials vs 5, 3 metrics: \(percent(setAlarms, of: runs))")
say("coverage of their 95 % intervals of p99: \(percent(setsCovered, of: runs))")

// Two runs by their own seconds, where nothing differs, not even from run to run.
for (memory, seconds) in [(0.0, 60), (0.7, 60), (0.7, 120), (0.9, 300)] {
    let count = try TwoRuns(memory: memory, seconds: seconds).simulate(runs, &generator)
    say(
        "two runs of \(seconds) s, memory \(memory): \(percent(count.alarms, of: runs)) said to differ, "
            + "\(percent(count.bootstrapAlarms, of: runs)) by the bootstrap; an interval of p99 in "
            + "\(percent(count.known, of: runs)), which held the truth in "
            + "\(percent(count.covered, of: max(1, count.known)))"
    )
}

// Power: from a pass of A against A the forecast, then a true difference of 5 % with so many pairs.
let quiet = Noise(run: 0.03, second: 0.03)
let effect = 0.05
let truth = Differences(pairs: [(1, 1 + effect)]).mean
var found = 0
var spent = 0
let deviation = Differences(
    (0..<20_000).map { _ in quiet.trial(&generator) - quiet.trial(&generator) }
)
.deviation
let needed = Forecast(deviation: deviation).pairs(for: truth)
var promised = 0
var near = 0
var rules: [Int: SequentialTest] = [:]
for _ in 0..<runs {
    let pass = quiet.pairs(&generator, count: 10, effect: 0)
    let most = Forecast(from: pass, confidence: 0.9).pairs(for: truth)
    let forecast = Forecast(from: pass, confidence: 0.5).pairs(for: truth)
    promised += forecast
    if abs(forecast - needed) * 3 <= needed { near += 1 }
    let looks = Array(min(5, most)...most)
    let rule = rules[most] ?? SequentialTest(looks: looks, metrics: 1, effect: effect)
    rules[most] = rule
    let all = quiet.pairs(&generator, count: most, effect: truth)
    for look in looks {
        let sample = Differences(Array(all.values.prefix(look)))
        if rule.judge([(differences: sample, better: .less)])[0].verdict == .slower {
            found += 1
            spent += look
            break
        }
        if look == most { spent += look }
    }
}
say("a true \(Int(effect * 100)) % is found: \(percent(found, of: runs))")
say(
    "pairs for it: \(needed) from the true deviation, \(promised / runs) forecast, "
        + "\(spent / runs) taken, on average; one forecast is within a third of the first in "
        + percent(near, of: runs)
)

var covered = 0
for _ in 0..<runs {
    let truth = 0.1 * generator.nextNormal()
    let sample = metrics[1].pairs(&generator, count: 10, effect: truth)
    if sample.interval(error: 0.05).contains(truth) { covered += 1 }
}
say("coverage of 95 % intervals of p99: \(percent(covered, of: runs))")
