@testable import Experiment
import Foundation
import Statistics
import Testing

@Suite("Judgement of an experiment")
struct JudgementTests {
    private let file = ExperimentFile(
        a: .init(name: "base", settings: [:], commands: []),
        b: .init(name: "change", settings: [:], commands: []),
        load: .init(rate: 1, seconds: 2, warmUp: 0, writeFraction: 0),
        dataset: "base",
        metrics: [
            Metric(tag: "READ-rt", figure: .p50), Metric(tag: "READ-rt", figure: .throughput),
        ],
        effect: 0.05,
        rehearsal: 2,
        least: 5,
        most: 8,
        seed: 3
    )

    /// Plays an experiment whose trials give these values, until it ends.
    private func play(
        limit: Int = 100,
        causes: [String] = [],
        _ values: (_ isRehearsal: Bool, _ pair: Int, _ side: Schedule.Side) -> [Double]
    ) -> (record: ExperimentRecord, judgement: Judgement) {
        var record = ExperimentRecord(file: "", deployment: "")
        var causes = causes
        let rules = ExperimentRules(file)
        while true {
            let judgement = rules.judge(record)
            guard case .run(let isRehearsal, let pair, let side) = judgement.next,
                record.entries.count < limit
            else { return (record, judgement) }
            let values = values(isRehearsal, pair, side)
            let cause = values.isEmpty ? [causes.removeFirst()] : []
            record.entries.append(
                .init(
                    isRehearsal: isRehearsal,
                    pair: pair,
                    side: side,
                    trial: "t",
                    values: values,
                    reasons: cause
                )
            )
        }
    }

    /// Little noise that no two trials share.
    private func noise(_ pair: Int, _ side: Schedule.Side) -> Double {
        [0.997, 1.004, 1.001, 0.995, 1.002, 1.003, 0.998, 0.999][pair] * (side == .a ? 1 : 1.001)
    }

    @Test("a clear difference ends the experiment at the first look, as a regression")
    func clear() {
        let (record, judgement) = play { isRehearsal, pair, side in
            let factor = side == .b && !isRehearsal ? 2.0 : 1
            return [100 * factor * noise(pair, side), 1_000 / factor]
        }
        #expect(judgement.next == .stop(.clear))
        #expect(judgement.findings.map(\.verdict) == [.slower, .slower])
        #expect(judgement.exitStatus == 3)
        #expect(record.entries.count == 2 * 2 + 2 * 5)
    }

    @Test("pairs are run whole, in an order that the seed draws")
    func order() {
        let (record, _) = play { _, pair, side in [noise(pair, side) * (side == .b ? 2 : 1), 1] }
        let proper = record.entries.filter { !$0.isRehearsal }
        for pair in 0..<proper.count / 2 {
            #expect(Set(proper[2 * pair...2 * pair + 1].map(\.side)) == [.a, .b])
            #expect(proper[2 * pair].pair == pair && proper[2 * pair + 1].pair == pair)
        }
        let drawn = Schedule(rehearsal: 2, pairs: 1_000, seed: 3)
        #expect((420...580).contains(drawn.pairs.count { $0 == .a }))
        #expect(drawn == Schedule(rehearsal: 2, pairs: 1_000, seed: 3))
    }

    @Test("little noise is the same, with status 0")
    func same() {
        let (_, judgement) = play { _, pair, side in [noise(pair, side), noise(7 - pair, side)] }
        #expect(judgement.findings.map(\.verdict) == [.same, .same])
        #expect(judgement.exitStatus == 0)
    }

    @Test("wild noise is undecided after all pairs, and hopeless after the rehearsal")
    func undecided() {
        let wild = [1.0, 3, 0.4, 2, 0.5, 1.5, 0.7, 2.2]
        let (_, judgement) = play { isRehearsal, pair, side in
            [side == .a ? 1 : wild[pair], isRehearsal || side == .a ? 1 : 1.001]
        }
        #expect(judgement.next == .stop(.allPairs))
        #expect(judgement.findings[0].verdict == .undecided)
        #expect(judgement.exitStatus == 4)
        #expect(judgement.hopeless == [file.metrics[0]])
    }

    @Test(
        "an invalid trial is run again; the third time the experiment ends, and says each cause once"
    )
    func invalid() {
        func stolen(_ percent: Int) -> String {
            "mixed, server-0: the hypervisor gave \(percent)% of the processor time to others (limit 20%)"
        }
        let causes = [stolen(31), stolen(24), stolen(31)]
        let (record, judgement) = play(causes: causes) { isRehearsal, pair, side in
            !isRehearsal && pair == 1 && side == .b ? [] : [noise(pair, side), 1]
        }
        let tries = record.entries.filter { !$0.reasons.isEmpty }
        #expect(tries.map(\.reasons) == causes.map { [$0] })
        #expect(judgement.next == .stop(.invalid(tries)))
        #expect(judgement.exitStatus == 1)
        #expect(
            judgement.failure
                == "gave up: pair 2, change did not count 3 times running: \(stolen(31)); \(stolen(24))"
        )
        #expect(tries[1].line(in: file) == "pair 2, change: does not count: \(stolen(24))")
        var again = record
        again.begun = record.entries.count
        #expect(
            ExperimentRules(file).judge(again).next == .run(isRehearsal: false, pair: 1, side: .b)
        )
    }

    @Test("what was cut short goes on where it was, and comes to the same end")
    func resume() throws {
        func value(_ isRehearsal: Bool, _ pair: Int, _ side: Schedule.Side) -> [Double] {
            [noise(pair, side) * (side == .b && !isRehearsal ? 1.5 : 1), 1]
        }
        let (cut, _) = play(limit: 7, value)
        let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }  // else the system's cleaning
        try cut.write(to: path)
        #expect(try ExperimentRecord(at: path).entries == cut.entries)
        let (whole, end) = play(value)
        #expect(Array(whole.entries.prefix(7)) == cut.entries)
        #expect(end.findings[0].verdict == .slower)
    }

    @Test(
        "another file, or a record that was edited, is no record",
        arguments: [[Double](), [-1], [0]]
    )
    func noRecord(values: [Double]) throws {
        let path = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }  // else the system's cleaning
        var record = ExperimentRecord(file: "", deployment: "")
        record.entries = [.init(isRehearsal: false, pair: 0, side: .a, values: values)]
        try record.write(to: path)
        #expect {
            try ExperimentRecord(at: path)
        } throws: {
            "\($0)".contains("is no record of an experiment")
        }
    }

    @Test("the text says verdict, difference and interval of each metric")
    func text() {
        let (_, judgement) = play { isRehearsal, pair, side in
            [noise(pair, side) * (side == .b && !isRehearsal ? 2 : 1), 10]
        }
        let lines = judgement.description.split(separator: "\n")
        #expect(lines[0] == "change against base, 5 pairs")
        #expect(lines[1] == "READ-rt p50         slower: +100 % (+100 % to +100 %)")
        #expect(lines[2] == "READ-rt throughput  the same within 5 %: +0 % (+0 % to +0 %)")
        let rehearsal = judgement.rehearsalText.split(separator: "\n")
        #expect(rehearsal[0] == "A against A, 2 pairs:")
    }

    @Test("the text of one pair is in the singular")
    func onePair() {
        let (_, judgement) = play(limit: 6) { _, pair, side in [noise(pair, side), 10] }
        #expect(judgement.description.hasPrefix("change against base, 1 pair\n"))
    }
}
