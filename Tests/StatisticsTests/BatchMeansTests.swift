@testable import Statistics
import Testing

@Suite("Batch means")
struct BatchMeansTests {
    /// Seconds each of which keeps a share of the one before.
    private func seconds(_ count: Int, memory: Double, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        var level = generator.nextNormal() / (1 - memory * memory).squareRoot()
        return (0..<count).map { _ in
            level = memory * level + generator.nextNormal()
            return level
        }
    }

    private func mean(_ values: some Collection<Double>) -> Double {
        values.reduce(0, +) / Double(values.count)
    }

    @Test("knows how alike neighbours are", arguments: [0, 0.5, 0.9])
    func correlation(memory: Double) {
        let found = BatchMeans.correlation(of: seconds(4_000, memory: memory, seed: 3))
        #expect(abs(found - memory) < 0.04)
    }

    @Test("numbers that do not vary, or are too few, have no correlation")
    func noCorrelation() {
        #expect(BatchMeans.correlation(of: [1, 1, 1, 1, 1, 1]) == 0)
        #expect(BatchMeans.correlation(of: [1, 2, 3]) == 0)
    }

    @Test("batches cover the run, are nearly equal, and longer the longer its memory")
    func batches() throws {
        let short = try #require(BatchMeans(seconds: 100, correlation: 0))
        #expect(short.batches.count == 33)
        #expect(short.batches.first?.lowerBound == 0)
        #expect(short.batches.last?.upperBound == 100)
        for (one, next) in zip(short.batches, short.batches.dropFirst()) {
            #expect(one.upperBound == next.lowerBound)
            #expect((3...4).contains(one.count))
        }
        #expect(try #require(BatchMeans(seconds: 100, correlation: 0.7)).batches.count == 5)
        #expect(BatchMeans(seconds: 50, correlation: 0.7) == nil)
        #expect(BatchMeans(seconds: 500, correlation: 1) == nil)
    }

    @Test("the spread of the batches is that of the mean, where independent seconds say half")
    func spread() throws {
        let means = try #require(BatchMeans(seconds: 120, correlation: 0.6))
        let runs = (0..<400).map { seconds(120, memory: 0.6, seed: UInt64($0)) }
        let truth = Differences(runs.map { mean($0) }).deviation
        let found = runs.map { run in means.spread(of: means.batches.map { mean(run[$0]) }) }
        let ratio = mean(found.map(\.variance)).squareRoot() / truth
        #expect((0.9...1.1).contains(ratio))
        let naive = mean(runs.map { Differences($0).deviation }) / 120.0.squareRoot()
        #expect(naive / truth < 0.6)
        #expect(found.allSatisfy { $0.freedom == Double(means.batches.count - 1) })
    }
}
