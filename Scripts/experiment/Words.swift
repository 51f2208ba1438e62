import Deployment
import DeploymentState
import Experiment
import Foundation
import Usage

/// The words of the call, checked before anything is connected to.
struct Words: Sendable {
    let file: ExperimentFile
    let text: String
    let path: String
    let budget: Duration?
    let resume: String?
    let goesOnAnyway: Bool

    init(_ arguments: Arguments) throws {
        path = arguments.operand("FILE")
        guard let data = FileManager.default.contents(atPath: path) else {
            throw arguments.error("\(path): there is no such file, or it cannot be read")
        }
        text = String(decoding: data, as: UTF8.self)
        do {
            file = try ExperimentFile.parse(Array(data), file: path)
        } catch {
            throw arguments.error("\(error)")
        }
        resume = arguments.value("resume")
        goesOnAnyway = arguments.flag("anyway")
        budget = try arguments.value("budget").map { text in
            guard let budget = Duration(timeText: text) else {
                throw arguments.error("--budget \"\(text)\" must be a time such as 30m or 2h")
            }
            return budget
        }
    }

    /// Where a path in the experiment's file leads: from that file's folder.
    func resolve(_ path: String) -> String {
        path.hasPrefix("/")
            ? path
            : URL(filePath: self.path).deletingLastPathComponent().appending(path: path).path
    }

    /// The experiment's folder: a new one, or the one to go on with if its conditions are the same.
    func folder(
        for state: StateDirectory,
        conditions: [String: String]
    ) throws -> ExperimentFolder {
        if let resume {
            return try ExperimentFolder(
                resuming: resume,
                deployment: state.record.id,
                text: text,
                conditions: conditions
            )
        }
        return try ExperimentFolder(
            deployment: (state.name, state.record.id),
            name: path,
            text: text,
            conditions: conditions,
            now: Date()
        )
    }
}
