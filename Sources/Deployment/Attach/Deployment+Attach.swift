import DeploymentState
import Foundation
import Usage

extension Deployment {
    /// Does what comes before a load, and keeps what it returned for a script that attaches.
    ///
    /// A script that goes on with a trial gets it from there, and the work is not done again: the
    /// servers are under load. Within ``measure(_:limits:in:attaching:_:)`` call it once before each stress.
    ///
    /// - Parameter work: Restores, starts, waits; what it returns is kept as JSON.
    /// - Returns: What the work returned, now or when the trial was begun.
    /// - Throws: What the work throws.
    public func prepare<Value: Codable & Sendable>(
        _ work: () async throws -> Value
    ) async throws -> Value {
        guard let notes else { return try await work() }
        if let kept = notes.nextPrepared() {
            // An array, since a value by itself is no JSON everywhere.
            do {
                if let value = try JSONDecoder().decode([Value].self, from: kept).first {
                    return value
                }
            } catch {}  // told below, in words that name the file
            throw AttachError.altered(
                path: RunningTrial.fileName,
                key: "prepared",
                problem: "is not what this script's \"prepare\" returns"
            )
        }
        let value = try await work()
        notes.add(prepared: try JSONEncoder().encode([value]))
        return value
    }

    /// The trial that a killed script left, and whose load is on the clients.
    ///
    /// - Throws: ``AttachError``, and ``FanOutError`` with every client that does not answer.
    func attachment(_ label: String, in folder: String) async throws -> LeftTrial {
        try await progress.step("look for the load that runs") { note in
            let lists = try await onEach(clients) { Job.read(try await $0.execute(JobCalls.list)) }
            var runs: [String: [String]] = [:]
            for (node, jobs) in lists {
                for run in jobs.compactMap(\.run) { runs[run, default: []].append(node.name) }
            }
            let place = "\(folder)/\(state.name)"
            // No folder, no trials.
            let names = (try? Files.list(place)) ?? []
            var (trials, broken): ([LeftTrial], [AttachError]) = ([], [])
            for name in names {
                // A damaged record is none to go on with, and may be of another load.
                do throws(AttachError) {
                    if let trial = try LeftTrial(in: "\(place)/\(name)") { trials.append(trial) }
                } catch { broken.append(error) }
            }
            let chosen = try LeftTrial.choose(
                label,
                runs: runs,
                among: trials,
                broken: broken,
                in: place,
                of: state.name
            )
            try chosen.check(id: state.record.id, nodes: nodes, system: system.name)
            note.show(chosen.directory)
            return chosen
        }
    }
}

extension Job {
    /// The run of a stress, which its unit is named after; `nil` of anything else.
    var run: String? {
        let (prefix, suffix) = ("prov-stress-", ".service")
        guard kind == .stress, id.hasPrefix(prefix), id.hasSuffix(suffix) else { return nil }
        return String(id.dropFirst(prefix.count).dropLast(suffix.count))
    }
}

extension LeftTrial {
    /// Reads what is on disk of a trial; `nil` if it has ended.
    ///
    /// - Throws: ``AttachError`` with the file that is no good.
    init?(in directory: String) throws(AttachError) {
        guard let running = try RunningTrial.read(in: directory) else { return nil }
        let record: TrialRecord
        do { record = try TrialRecord(in: directory) } catch let error as InventoryError {
            throw .unreadable("\(error)")
        } catch { throw .misread("\(directory)/trial.json", error) }
        self.init(directory: directory, record: record, running: running)
    }
}

extension TrialRecord {
    /// Reads what a trial's `trial.json` says.
    init(in directory: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.dateDecodingStrategy = .iso8601
        let bytes = try Files.bytes(of: "\(directory)/trial.json")
        self = try decoder.decode(Self.self, from: Data(bytes))
    }
}
