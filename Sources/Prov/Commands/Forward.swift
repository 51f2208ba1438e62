import Glibc
import Posix
import Shell

/// Why a page of a node cannot be shown.
enum ForwardError: Error, Hashable, CustomStringConvertible {
    /// The deployment has no monitor.
    case noMonitor(name: String)
    /// The deployment's monitor has no such page; `pages` are those that it has.
    case noPage(page: String, name: String, pages: [String])
    /// The node refuses connections to the port.
    case nothingListens(page: String, node: String, port: Int)
    /// It takes connections and does not answer.
    case silent(page: String, node: String, limit: Duration)
    /// SSH ended; the lines are its last.
    case connection(node: String, ending: String, lines: [String])

    var description: String {
        switch self {
        case .noMonitor(let name):
            "\(name) has no monitor; set monitor_count to 1 and provision again"
        case .noPage(let page, let name, let pages):
            "\(name) has no \(page), which its template would name in \(page)_port; there is "
                + pages.joined(separator: " ")
        case .nothingListens(let page, let node, let port):
            "nothing listens at port \(port) of \(node), so \(page) does not run there; start it, as "
                + "the script setup does, and look at its journal by prov ssh"
        case .silent(let page, let node, let limit):
            "\(page) on \(node) did not answer within \(limit.components.seconds) s; look at its "
                + "journal by prov ssh"
        case .connection(let node, let ending, let lines):
            (["\(node): ssh ended: \(ending)"] + lines).joined(separator: "\n  ")
        }
    }
}

/// A port of a node's loopback that is reached at a free port of ours, through OpenSSH.
struct Forward: Sendable {
    /// What is there, for errors.
    let page: String
    let node: String
    /// The port on the node.
    let port: Int
    let sshConfig: String
    /// How long a node may refuse: a service that has just been started does.
    var patience = Duration.seconds(3)
    /// How long to wait for an answer in all.
    var limit = Duration.seconds(30)

    private enum Event: Sendable {
        case answers
        case ended(Outcome)
    }

    /// Forwards until the task is cancelled.
    ///
    /// - Parameter whenReady: Gets the URL as soon as the page answers.
    /// - Throws: ``ForwardError``, `CancellationError`.
    func run(whenReady: (String) async -> Void) async throws {
        // Another program may take the free port first: then with the next one.
        for attempt in 1...5 {
            let local = try Self.freePort()
            let outcome = try await forward(local, whenReady: whenReady)
            let isTaken = outcome.errorText.contains("ddress already in use")
            if isTaken, attempt < 5 { continue }
            let lines = outcome.errorText.split(whereSeparator: \.isNewline).suffix(5)
            throw ForwardError.connection(
                node: node,
                ending: outcome.ending,
                lines: lines.map(String.init)
            )
        }
    }

    /// Returns how ssh ended, if it ended by itself.
    private func forward(_ local: Int, whenReady: (String) async -> Void) async throws -> Outcome {
        let refusals = Refusals()
        return try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                .ended(
                    try await ssh(local).run(onLine: { stream, line in
                        if stream == .error, line.contains("open failed") { refusals.add() }
                    })
                )
            }
            group.addTask {
                try await waitForAnswer(local, refusals)
                return .answers
            }
            defer { group.cancelAll() }
            while let event = try await group.next() {
                switch event {
                case .answers:
                    await whenReady("http://127.0.0.1:\(local)/")
                case .ended(let outcome):
                    if outcome.cause == .cancellation { throw CancellationError() }
                    return outcome
                }
            }
            throw CancellationError()
        }
    }

    private func ssh(_ local: Int) -> LocalProcess {
        LocalProcess(
            "ssh",
            [
                "-F", sshConfig, "-N", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes",
                "-o", "ControlPath=none", "-L", "127.0.0.1:\(local):127.0.0.1:\(port)", node,
            ],
            teardown: [.init(signal: SIGTERM, wait: .seconds(3))],
            endsWithUs: true
        )
    }

    private func waitForAnswer(_ local: Int, _ refusals: Refusals) async throws {
        let start = ContinuousClock.now
        let words = ["-s", "-o", "/dev/null", "--max-time", "5", "http://127.0.0.1:\(local)/"]
        while true {
            if try await LocalProcess("curl", words, timeLimit: .seconds(10)).run().isSuccess {
                return
            }
            try Task.checkCancellation()
            let time = ContinuousClock.now - start
            if time > patience, refusals.count > 0 {
                throw ForwardError.nothingListens(page: page, node: node, port: port)
            }
            guard time < limit else {
                throw ForwardError.silent(page: page, node: node, limit: limit)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// A port of our loopback that is free now.
    private static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 ? getsockname(socket, $0, &length) : -1
            }
        }
        guard code == 0 else {
            let reason = SystemError().text
            throw LocalProcessError.notStarted(program: "ssh", reason: "no free port: \(reason)")
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
