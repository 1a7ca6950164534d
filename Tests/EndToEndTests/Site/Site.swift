import FoundationEssentials
import Glibc
import PrivateDatabase
import Synchronization
import TestServers

/// An installation of Recado as an operator has one: a configuration file, a database, and processes of the built program.
///
/// Everything lives in a directory of its own: sockets, locks, logs.
final class Site: Sendable {
    /// The key that may do everything.
    static let key = "the-key-of-the-end-to-end-tests"

    let directory: String
    let database: PrivateDatabase
    /// The port of 127.0.0.1 where `recado serve` speaks plain HTTP.
    let httpPort: Int
    private let started = Mutex<[(name: String, process: ChildProcess)]>([])

    /// Where `recado serve` speaks FastCGI.
    var socketPath: String { "\(directory)/recado.sock" }
    var configurationPath: String { "\(directory)/config/recado.yaml" }

    private init(directory: String, database: PrivateDatabase, httpPort: Int) {
        self.directory = directory
        self.database = database
        self.httpPort = httpPort
    }

    /// Sets up an installation with the tables, runs `body`, and ends every process that was started.
    ///
    /// - Parameters:
    ///   - listeners: `event_listeners` and `listeners`, as in the configuration file.
    ///   - worker: More lines of the section `worker`; retries wait 50 ms where it does not say otherwise.
    ///   - server: More lines of the section `server`.
    ///   - database: The server to use; that of the suite where nil.
    /// - Throws: what `body` throws, with the ends of all logs.
    static func with<Result: Sendable>(
        _ listeners: String, worker: [String] = [], server: [String] = [], database: PrivateDatabase? = nil,
        migrated: Bool = true, isolation: isolated (any Actor)? = #isolation,
        _ body: (Site) async throws -> Result
    ) async throws -> Result {
        guard let database = database ?? SharedDatabase.current else { throw ServerError("There is no database.") }
        return try await withTemporaryDirectory { directory in
            let site = Site(directory: directory, database: database, httpPort: try Loopback.freePort())
            try FileManager.default.createDirectory(
                atPath: "\(directory)/config", withIntermediateDirectories: true)
            try site.configure(listeners, worker: worker, server: server)
            do {
                _ = try await database.query(
                    "DROP DATABASE \(database.databaseName); CREATE DATABASE \(database.databaseName)")
                if migrated { try await site.succeed("migrate") }
                let result = try await body(site)
                await site.stopAll()
                return result
            } catch {
                await site.stopAll()
                throw ServerError(([String(describing: error)] + site.logTails()).joined(separator: "\n"))
            }
        }
    }

    /// Writes the configuration file. Where it replaces one, it does so at once and whole.
    func configure(_ listeners: String, worker: [String] = [], server: [String] = []) throws {
        let retries = worker.contains { $0.hasPrefix("retry_delays") } ? [] : ["retry_delays: [50ms]", "jitter: 0"]
        let text = """
            database:
              socket: \(database.socketPath)
              name: \(database.databaseName)
              user: \(database.userName)
            server:
              fastcgi: unix:\(socketPath)
              http: 127.0.0.1:\(httpPort)
              keys:
                - name: tests
                  key: \(Self.key)
                  purposes: [admin]
            \(server.map { "  \($0)\n" }.joined())
            worker:
              runtime_directory: \(directory)/run
            \((retries + worker).map { "  \($0)\n" }.joined())
            templates:
              directory: \(RepositoryFiles.root)/config/templates
            \(listeners)
            """
        try text.write(toFile: configurationPath, atomically: true, encoding: .utf8)
        // It holds a key.
        chmod(configurationPath, 0o640)
    }

    /// Starts `recado` with `arguments` and the configuration, and does not wait for anything.
    func start(_ arguments: String..., environment: [String: String] = [:]) throws -> ChildProcess {
        try started.withLock { started in
            let name = "\(started.count + 1)-\(arguments[0])"
            let process = try ChildProcess.start(
                ChildProcess.Command(
                    RecadoProgram.path, arguments + ["--config", configurationPath], environment: environment,
                    outputPath: "\(directory)/\(name).log"))
            started.append((name, process))
            return process
        }
    }

    /// Starts `recado serve` and returns when it serves both wires.
    @discardableResult
    func serve() async throws -> ChildProcess {
        let process = try start("serve")
        try await waitUntil("recado serve answers") {
            guard process.exitStatus == nil else { throw ServerError("recado serve ended.") }
            return Loopback.isListening(on: httpPort) && log(of: process).contains("serving FastCGI")
        }
        return process
    }

    /// Runs a command of `recado` to its end.
    func run(_ arguments: String..., input: String = "", within limit: Duration = .seconds(30)) async throws
        -> FinishedProgram
    {
        try await FinishedProgram.run(
            RecadoProgram.path, arguments + ["--config", configurationPath], input: input, within: limit)
    }

    /// Runs a command of `recado` that must succeed, and returns what it printed.
    @discardableResult
    func succeed(_ arguments: String..., input: String = "") async throws -> String {
        let program = try await FinishedProgram.run(
            RecadoProgram.path, arguments + ["--config", configurationPath], input: input)
        guard program.status == 0 else {
            throw ServerError("recado \(arguments) ended with \(program.status): \(program.output)")
        }
        return program.output
    }

    /// What a process has written so far.
    func log(of process: ChildProcess) -> String {
        let name = started.withLock { $0.first { $0.process === process }?.name } ?? ""
        return String(
            decoding: FileManager.default.contents(atPath: "\(directory)/\(name).log") ?? Data(), as: UTF8.self)
    }

    private func stopAll() async {
        await withTaskGroup { group in
            for (_, process) in started.withLock({ $0 }) { group.addTask { await process.stop() } }
        }
    }

    private func logTails() -> [String] {
        started.withLock { $0 }.map { LogTail.lastLines(of: "\(directory)/\($0.name).log") }
    }
}
