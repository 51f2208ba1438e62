// Measures the fan-out of the SSH module: connects to COUNT loopback hosts, runs `true` on all,
// and copies a file there and back. Called by the script `run` beside it.

import Foundation
import SSH

let words = CommandLine.arguments
guard words.count == 6, let port = UInt16(words[1]), let count = Int(words[2]) else {
    print("usage: ssh-fanout-benchmark PORT COUNT IDENTITY KNOWN_HOSTS FILE")
    exit(2)
}
let targets = (1...count).map { index in
    SSHTarget(
        name: "node-\(index)",
        host: "127.0.1.\(index)",
        port: port,
        user: NSUserName(),
        identityFile: words[3],
        knownHostsFile: words[4]
    )
}

func report(_ name: String, _ start: ContinuousClock.Instant) {
    let time = (ContinuousClock.now - start).components
    let seconds = Double(time.seconds) + Double(time.attoseconds) / 1e18
    print("ours \(name) \(String(format: "%.3f", seconds))")
}

do {
    var start = ContinuousClock.now
    let connections = try await withThrowingTaskGroup(of: SSHConnection.self) { group in
        for target in targets {
            group.addTask { try await SSHConnection.connect(to: target, timeout: .seconds(60)) }
        }
        var connections: [SSHConnection] = []
        for try await connection in group { connections.append(connection) }
        return connections
    }
    report("connect", start)
    for round in 1...3 {
        start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for connection in connections {
                group.addTask {
                    let result = try await connection.execute("true", timeout: .seconds(60))
                    guard result.status == .exited(0) else { exit(1) }
                }
            }
            try await group.waitForAll()
        }
        report("execute-\(round)", start)
    }
    start = ContinuousClock.now
    try await connections[0].upload(
        words[5],
        to: words[5] + ".up",
        mode: 0o644,
        timeout: .seconds(60)
    )
    report("upload", start)
    start = ContinuousClock.now
    try await connections[0].download(
        words[5],
        to: words[5] + ".down",
        timeout: .seconds(60),
        limit: 16 << 30
    )
    report("download", start)
    await withTaskGroup { group in
        for connection in connections { group.addTask { await connection.close() } }
    }
} catch {
    print("\(error)")
    exit(1)
}
