import Engine
import Posix
import Testing

@Suite("TCP connections on a loop")
struct TCPConnectionTests {
    private let loop: EventLoop
    private let listener: TCPListener
    private let address: TCPAddress
    private let notes = Notes()

    init() throws {
        loop = try EventLoop()
        listener = try TCPListener(on: loop)
        address = try TCPAddress("127.0.0.1:\(listener.port)")
    }

    /// Serves each connection with `body`, and closes it.
    private func serve(_ body: @escaping @Sendable (TCPConnection) async throws -> Void) {
        let (loop, listener) = (loop, listener)
        start(on: loop) {
            while true {
                let connection = try await listener.accept()
                start(on: loop) {
                    defer { connection.close() }
                    try await body(connection)
                }
            }
        }
    }

    /// Runs a client to its end, within a minute.
    private func client(_ body: @escaping @Sendable () async throws -> Void) {
        let notes = notes
        start(on: loop) {
            do { try await body() } catch { notes.words.append("\(error)") }
            notes.words.append("end")
        }
        let ending = loop.run(until: { notes.words.last == "end" }, before: loop.now + 60 * second)
        #expect(ending == .reached)
        listener.close()
        _ = loop.run(until: { true }, before: .max)
    }

    private func echo() {
        serve { connection in
            while true {
                let bytes = try await connection.read()
                guard !bytes.isEmpty else { return }
                try await connection.write(bytes)
            }
        }
    }

    @Test("lines go to a server and come back, with either end of line, whole and in pieces")
    func lines() throws {
        echo()
        let (loop, notes, address) = (loop, notes, address)
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            try await connection.write(Array("one\ntwo\r\nthr".utf8))
            notes.words.append(try await connection.readLine() ?? "-")
            notes.words.append(try await connection.readLine() ?? "-")
            try await connection.write(Array("ee\n\nlast\n".utf8))
            for _ in 0..<3 { notes.words.append(try await connection.readLine() ?? "-") }
            connection.close()
        }
        #expect(notes.words == ["one", "two", "three", "", "last", "end"])
    }

    @Test("the end behind a line is none; in the middle of one it is an error")
    func ends() throws {
        serve { try await $0.write(Array("whole\nhalf".utf8)) }
        let (loop, notes, address) = (loop, notes, address)
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            notes.words.append(try await connection.readLine() ?? "-")
            _ = try await connection.readLine()
        }
        #expect(
            notes.words == [
                "whole", "\(address): ended the connection in the middle of a line", "end",
            ]
        )
    }

    @Test("after the end nothing is read, as often as asked")
    func afterEnd() throws {
        serve { try await $0.write(Array("x".utf8)) }
        let (loop, notes, address) = (loop, notes, address)
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            for _ in 0..<3 { notes.words.append("\(try await connection.read().count)") }
        }
        #expect(notes.words == ["1", "0", "0", "end"])
    }

    @Test("ten megabytes go both ways, however the system cuts them")
    func much() throws {
        echo()
        let (loop, notes, address) = (loop, notes, address)
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            let sender = start(on: loop) {
                for round in 0..<160 {
                    try await connection.write([UInt8](repeating: UInt8(round), count: 65_536))
                }
            }
            var sum = 0
            var count = 0
            while count < 160 * 65_536 {
                let bytes = try await connection.read(upTo: 40_000)
                count += bytes.count
                sum += bytes.reduce(0) { $0 + Int($1) }
            }
            try await sender.value
            notes.words.append("\(count) \(sum)")
        }
        #expect(notes.words == ["10485760 \(65_536 * 159 * 160 / 2)", "end"])
    }

    @Test("who always finds something to read lets others run after his share, and heeds his end")
    func fair() throws {
        // On a thread of its own, so that it does not wait for its turn.
        let other = try EventLoop()
        let (source, ended) = (try TCPListener(on: other), Notes())
        let thread = try SystemThread {
            start(on: other) {
                defer { ended.words.append("end") }
                let connection = try await source.accept()
                while true { try await connection.write([UInt8](repeating: 0, count: 1 << 20)) }
            }
            _ = other.run(until: { !ended.words.isEmpty }, before: other.now + 60 * second)
        }
        let (loop, notes) = (loop, notes)
        let address = try TCPAddress("127.0.0.1:\(source.port)")
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            defer { connection.close() }
            var (all, most, count, turn) = (0, 0, 0, loop.pulse)
            while all < 200 << 20 {
                let new = try await connection.read().count
                (count, turn) = (loop.pulse == turn ? count + new : new, loop.pulse)
                (all, most) = (all + new, max(most, count))
            }
            notes.words.append(most < 2 * EventLoop.share ? "fair" : "\(most) bytes in a turn")
            let reader = start(on: loop) {
                while true { notes.times.append(Int64(try await connection.read().count)) }
            }
            reader.cancel()
            try? await reader.value
            let late = notes.times.reduce(0, +)
            notes.words.append(late < 2 * EventLoop.share ? "gone" : "\(late) bytes when cancelled")
        }
        thread.join()
        source.close()
        #expect(notes.words == ["fair", "gone", "end"])
    }

    @Test("a line that is too long is an error, and no memory is spent on it")
    func longLine() throws {
        serve { connection in
            while true { try await connection.write([UInt8](repeating: 65, count: 10_000)) }
        }
        let (loop, address) = (loop, address)
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            defer { connection.close() }
            _ = try await connection.readLine(upTo: 100_000)
        }
        #expect(notes.words == ["\(address): sent a line of more than 100000 bytes", "end"])
    }

    @Test("a read and a connect that take too long end at their deadline")
    func deadlines() throws {
        serve { connection in _ = try await connection.read() }
        let (loop, notes, address) = (loop, notes, address)
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            do {
                _ = try await connection.readLine(before: loop.now + 20_000_000)
            } catch { notes.words.append("\(error)") }
            // Of the network for documentation nobody answers, or nobody knows the way.
            let nowhere = try TCPAddress("192.0.2.1:9")
            _ = try await TCPConnection.connect(
                to: nowhere,
                on: loop,
                before: loop.now + 20_000_000
            )
        }
        #expect(notes.words.count == 3)
        #expect(notes.words[0] == "\(address): timed out")
        #expect(notes.words[1].hasPrefix("192.0.2.1:9: "))
    }

    @Test("who takes nothing gets a bounded amount of it")
    func bounded() throws {
        let (loop, notes, address) = (loop, notes, address)
        serve { _ in try await loop.sleep(until: .max) }
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            defer { connection.close() }
            var count = 0
            do {
                while true {
                    try connection.put([UInt8](repeating: 0, count: 100_000))
                    count += 1
                }
            } catch {
                #expect(count < 1_000)
                notes.words.append("\(error)")
            }
        }
        #expect(
            notes.words == ["\(address): takes nothing, and 1048576 bytes wait to be sent", "end"]
        )
    }

    @Test("a port on which nobody listens refuses, with the place")
    func refused() throws {
        let loop = self.loop
        let free = try TCPListener(on: loop)
        let port = free.port
        free.close()
        client {
            _ = try await TCPConnection.connect(to: try TCPAddress("127.0.0.1:\(port)"), on: loop)
        }
        #expect(notes.words == ["127.0.0.1:\(port): no connection: connection refused", "end"])
    }

    @Test("a reader that is cancelled, or whose connection is closed here, wakes at once")
    func cancelled() throws {
        serve { connection in _ = try await connection.read() }
        let (loop, notes, address) = (loop, notes, address)
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            for isClosed in [false, true] {
                let reader = start(on: loop) {
                    do { _ = try await connection.read() } catch { notes.words.append("\(error)") }
                }
                await Task.yield()
                isClosed ? connection.close() : reader.cancel()
                try? await reader.value
            }
        }
        #expect(
            notes.words == [
                "CancellationError()", "\(address): the connection was closed here", "end",
            ]
        )
    }

    @Test("two readers of one connection are a mistake that is said")
    func shared() throws {
        serve { connection in _ = try await connection.read() }
        let (loop, notes, address) = (loop, notes, address)
        client {
            let connection = try await TCPConnection.connect(to: address, on: loop)
            let reader = start(on: loop) { _ = try await connection.read() }
            await Task.yield()
            do { _ = try await connection.read() } catch { notes.words.append("\(error)") }
            reader.cancel()
            connection.close()
        }
        #expect(
            notes.words.first?.contains("two tasks read, or two write, at the same time") == true
        )
    }

    @Test("a thousand connections at once each get their own answer, also beside busy tasks")
    func many() throws {
        FileLimit.raise()
        echo()
        let (loop, notes, address) = (loop, notes, address)
        // One that never lets the loop sleep.
        let busy = start(on: loop) { while !Task.isCancelled { await Task.yield() } }
        client {
            try await withThrowingTaskGroup { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let connection = try await TCPConnection.connect(to: address, on: loop)
                        defer { connection.close() }
                        for round in 0..<3 {
                            try await connection.write(Array("\(number) \(round)\n".utf8))
                            #expect(try await connection.readLine() == "\(number) \(round)")
                        }
                        notes.times.append(1)
                    }
                }
                try await group.waitForAll()
            }
        }
        busy.cancel()
        #expect(notes.times.count == 1_000)
        #expect(notes.words == ["end"])
    }

    @Test(
        "an address that cannot be read says what it must be",
        arguments: [
            ("localhost", "the port is missing"), (":1", "the host is missing"),
            ("x:0", "the port must be in 1…65535"),
            ("::1:80", "an IPv6 address stands in brackets"),
        ]
    )
    func addresses(text: String, problem: String) {
        let error = #expect(throws: ConnectionError.self) { try TCPAddress(text) }
        #expect(error?.description == "\(text): \(problem); an address is HOST:PORT")
    }

    @Test("under the virtual clock there is no network")
    func virtual() throws {
        let virtual = try EventLoop(.virtual)
        let (address, notes) = (address, notes)
        start(on: virtual) {
            do { _ = try await TCPConnection.connect(to: address, on: virtual) } catch {
                notes.words.append("\(error)")
            }
        }
        run(virtual)
        #expect(notes.words == ["\(address): there is no network under the virtual clock"])
        listener.close()
    }
}
