import DeploymentState
import Synchronization

@testable import Deployment

/// A remote that keeps every call and answers as the test says.
final class ScriptedRemote: Remote {
    let node: Node
    private let calls = Mutex<[RemoteCall]>([])
    private let limits = Mutex<[String: Int]>([:])
    private let uploads = Mutex<[[UInt8]]>([])
    private let copies = Mutex<[DirectoryCopy]>([])
    private let file: @Sendable (String) async throws -> String?
    private let answer: @Sendable (RemoteCall) async throws -> RemoteResult

    init(
        _ node: Node,
        answer: @escaping @Sendable (RemoteCall) async throws -> RemoteResult = { _ in
            RemoteResult()
        },
        file: @escaping @Sendable (String) async throws -> String? = { _ in nil }
    ) {
        self.node = node
        self.answer = answer
        self.file = file
    }

    /// What was called, in order.
    var called: [RemoteCall] { calls.withLock { $0 } }

    /// How large each file might be that was asked for.
    var downloadLimits: [String: Int] { limits.withLock { $0 } }

    func capture(_ call: RemoteCall) async throws -> RemoteResult {
        calls.withLock { $0.append(call) }
        return try await answer(call)
    }

    func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult {
        var result = try await capture(call)
        output.take(Array(result.output.utf8))
        result.output = ""
        return result
    }

    /// The content of every file that was uploaded, in order.
    var uploaded: [[UInt8]] { uploads.withLock { $0 } }

    func upload(_ file: String, to path: String, mode: Int32) async throws {
        // Tests upload files by names that exist nowhere, too.
        let bytes = (try? Files.bytes(of: file)) ?? []
        uploads.withLock { $0.append(bytes) }
    }
    func download(_ path: String, to local: String, limit: Int) async throws {
        limits.withLock { $0[path] = limit }
        guard let text = try await file(path) else { return }
        try Files.write(text, to: local, durably: false)
    }
    /// The folders that were copied, in order.
    var copied: [DirectoryCopy] { copies.withLock { $0 } }

    func copy(_ directory: DirectoryCopy) async throws { copies.withLock { $0.append(directory) } }
    func close() async {}
}

extension Node {
    /// A node for tests, such as `server-0` with the address 198.18.0.10.
    static func made(_ name: String, address: String = "198.18.0.10") throws -> Node {
        struct BadName: Error {}
        guard let node = Node(name: name, publicIP: address, privateIP: address, user: "prov")
        else {
            throw BadName()
        }
        return node
    }
}
