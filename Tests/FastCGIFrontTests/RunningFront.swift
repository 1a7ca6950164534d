import BlockingWork
import Dispatching
import FastCGIFront
import Glibc
import Logging
import ServiceLifecycle

/// A front on a socket of its own, while a test uses it.
struct RunningFront: Sendable {
    let front: FastCGIFront
    let path: String
    private let group: ServiceGroup

    /// Starts a front, runs the test off the cooperative pool, and stops the front whatever happens.
    static func with(
        handler: any RequestHandler = Echo(), address: ListeningAddress? = nil,
        configure: (inout FastCGIConfiguration) -> Void = { _ in },
        _ test: @escaping @Sendable (RunningFront) throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/front.sock"
        var configuration = FastCGIConfiguration(address: address ?? .unixSocket(path: path, mode: 0o600, group: nil))
        configure(&configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let front = FastCGIFront(configuration: configuration, handler: handler, logger: logger)
        try front.listen()
        let group = ServiceGroup(configuration: .init(services: [front], logger: logger))
        let running = RunningFront(front: front, path: path, group: group)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result = await Result.of { try await offPool { try test(running) } }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
        withExtendedLifetime(directory) {}
    }

    func connect(patience: Int = 10) throws -> FastCGIClient {
        if let port = front.boundPort { return try FastCGIClient(port: port, patience: patience) }
        return try FastCGIClient(path: path, patience: patience)
    }

    /// Asks on a new connection.
    func ask(_ request: [UInt8], patience: Int = 10) throws -> FastCGIClient.Answer {
        let client = try connect(patience: patience)
        return try client.ask(request)
    }

    /// Asks for something on a new connection, and demands a quick answer.
    func isServing() throws -> Bool {
        try ask(Records.request(), patience: 2).status == 200
    }

    /// Begins to stop, as a signal would.
    func beginStopping() {
        let group = group
        Task { await group.triggerGracefulShutdown() }
    }
}

extension Result where Failure == any Error {
    static func of(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

/// Runs blocking code on a thread of its own.
func offPool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        startThread(name: "test") { continuation.resume(with: Result { try body() }) }
    }
}

/// A directory that goes when the test ends.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/recado-front-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FastCGIClient.Failure(description: "mkdtemp failed") }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit {
        for name in ["front.sock", "plain"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
