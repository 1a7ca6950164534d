import FastCGIFront
import Logging
import Testing

@Suite struct StoppingTests {
    @Test func `what was accepted is answered before the front ends`() async throws {
        let handler = Withholding()
        try await RunningFront.with(handler: handler) { front in
            let served = try (0..<3).map { _ in try front.connect() }
            for client in served { try client.send(Records.request()) }
            handler.waitForRequests(3)
            let started = try front.connect()
            try started.send(Records.head(length: "2") + Records.record(5, [0x7b]))
            let silent = try front.connect()
            front.beginStopping()
            #expect(try silent.isClosed())
            #expect(throws: (any Error).self) { try front.connect() }
            try started.send(Records.record(5, [0x7d]) + Records.record(5))
            handler.waitForRequests(1)
            handler.answer()
            for client in served + [started] {
                #expect(try client.receive().text == "late")
                #expect(try client.isClosed())
            }
        }
    }

    @Test func `connections that wait to be accepted are answered too`() async throws {
        try await RunningFront.with { front in
            let clients = try (0..<50).map { _ in
                let client = try front.connect()
                try client.send(Records.request())
                return client
            }
            front.beginStopping()
            for client in clients { #expect(try client.receive().status == 200) }
        }
    }

    @Test func `kept connections at rest do not hold up the end`() async throws {
        try await RunningFront.with { front in
            let clients = try (0..<20).map { _ in try front.connect() }
            for client in clients { #expect(try client.ask(Records.request()).status == 200) }
            front.beginStopping()
            for client in clients { #expect(try client.isClosed()) }
        }
    }

    @Test func `cancelled, it ends at once, and what was being served is still answered`() async throws {
        let handler = Withholding()
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/front.sock"
        let front = FastCGIFront(
            configuration: FastCGIConfiguration(address: .unixSocket(path: path, mode: 0o600, group: nil)),
            handler: handler, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try front.listen()
        let running = Task { try await front.run() }
        let client = try FastCGIClient(path: path)
        try await offPool {
            try client.send(Records.request())
            handler.waitForRequests(1)
        }
        running.cancel()
        try await running.value
        handler.answer()
        let (text, isClosed) = try await offPool { (try client.receive().text, try client.isClosed()) }
        #expect(text == "late")
        #expect(isClosed)
    }
}
