// chat-server: private messages between named sessions, a JSON object on each line.
//
//   client: {"login": "alice"}                     server: {"ok": "alice"}
//   client: {"to": "bob", "text": "hi", "id": 7}   to bob: {"from": "alice", "text": "hi", "id": 7}
//
// What a client does wrong is answered with {"error": …}, and its "id" if there is one. The sender is always the
// session's own name: a message that brings a "from" of its own is refused.

import Engine
import Glibc
import Posix
import Usage

let usage = Usage(
    "chat-server",
    summary: "Passes private messages between named sessions, a JSON object on each line.",
    example: "swift run chat-server --port 9100",
    options: [
        .init("address", value: "IP", "where to listen (default 127.0.0.1)"),
        .init("port", value: "N", "0 for any free one (default 9100)"),
    ]
)

do {
    let arguments = try usage.parse(Array(CommandLine.arguments.dropFirst()))
    let port = try arguments.wholeNumber("port", default: 9_100, in: 0...65_535)
    FileLimit.raise()
    let loop = try EventLoop()
    let listener = try TCPListener(
        address: arguments.value("address") ?? "127.0.0.1",
        port: UInt16(port),
        on: loop
    )
    print("listening on port \(listener.port)")
    fflush(nil)
    let server = ChatServer(on: loop, listener)
    server.start()
    _ = loop.run(until: { server.failure != nil }, before: .max)
    print("chat-server: \(server.failure ?? "")")
    exit(1)
} catch let error as UsageError {
    print(error)
    exit(error.isHelp ? 0 : 2)
} catch {
    print("chat-server: \(error)")
    exit(1)
}
