import Foundation
import Usage

/// Waiting for figures that come minutes later.
struct CloudWatchWait: Sendable {
    /// When it ends, in seconds since 1970.
    let end: Int

    /// CloudWatch has something new once a minute, and each question costs money.
    private static let pause = 30

    init(until end: Int) { self.end = end }

    /// How many seconds to wait before asking again; `nil` if all is there, or time is up.
    func pause(after figures: CloudWatchFigures, at now: Int) -> Int? {
        figures.late.isEmpty || now >= end ? nil : min(Self.pause, end - now)
    }

    /// Returns the first answer with all in it, or the last before time is up.
    func first(
        asking ask: () async throws -> CloudWatchFigures,
        note: (String) -> Void
    ) async throws -> CloudWatchFigures {
        while true {
            let figures = try await ask()
            guard let pause = pause(after: figures, at: Int(Date().timeIntervalSince1970)) else {
                return figures
            }
            note(
                "waiting for \(figures.late.count.of("metric")) until \(CloudWatchQuery.time(end)) at most"
            )
            try await Task.sleep(for: .seconds(pause))
        }
    }
}
