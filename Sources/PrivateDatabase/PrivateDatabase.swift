import Glibc
public import Logging
import Synchronization

/// A MariaDB server of our own, for trying out and for tests: its own data directory, a unix socket, no network.
///
/// It runs as whoever starts it, root or not, and lets in that user alone, by `unix_socket`, without a password. Commits are
/// durable, transactions READ COMMITTED, text utf8mb4, times UTC: what the product asks of a real one.
/// A server that an earlier run left behind when it was killed is stopped before a new one starts.
public final class PrivateDatabase: Sendable {
    private struct State {
        var server: ChildProcess?
        /// Nil once the database has been stopped for good.
        var lock: DirectoryLock?
    }

    /// The server's unix socket.
    public let socketPath: String
    /// The database that was made, empty, on first use.
    public let databaseName: String
    /// The user to connect as: the one who runs this process.
    public let userName: String

    let directory: DatabaseDirectory
    let programs: MariaDBPrograms
    let options: PrivateDatabaseOptions
    private let socketPlace: SocketPlace
    private let logger: Logger
    private let state: Mutex<State>

    /// Starts a server on `dataDirectory`, and returns when it answers.
    ///
    /// - Parameters:
    ///   - dataDirectory: Made and filled on first use (a second), kept afterwards. One process at a time may use it.
    ///   - database: Made where it does not exist. 1 to 64 ASCII letters, digits and underscores.
    ///   - logger: Is told of starts and stops.
    ///   - options: Sizes and limits.
    /// - Throws: ``PrivateDatabaseError``; `CancellationError`, with nothing left running.
    public static func start(
        dataDirectory: String, database: String = "recado", logger: Logger,
        options: PrivateDatabaseOptions = PrivateDatabaseOptions()
    ) async throws -> PrivateDatabase {
        let started = try PrivateDatabase(
            dataDirectory: dataDirectory, databaseName: database, logger: logger, options: options)
        do {
            try await started.prepareDirectory()
            try await started.startServer()
        } catch {
            await started.stop()
            throw error
        }
        return started
    }

    private init(
        dataDirectory: String, databaseName: String, logger: Logger, options: PrivateDatabaseOptions
    ) throws {
        let isPlain = databaseName.utf8.allSatisfy { byte in
            let scalar = Unicode.Scalar(byte)
            return byte < 0x80 && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_")
        }
        guard isPlain, (1...64).contains(databaseName.utf8.count) else {
            throw PrivateDatabaseError(
                .invalidOptions, "\"\(databaseName)\" is no database name: 1 to 64 letters, digits and underscores.")
        }
        guard let account = getpwuid(geteuid()) else {
            throw PrivateDatabaseError(
                .invalidOptions, "User id \(geteuid()) has no name, and MariaDB lets in users by name.")
        }
        userName = String(cString: account.pointee.pw_name)
        programs = try MariaDBPrograms.find()
        directory = try DatabaseDirectory(path: dataDirectory)
        state = Mutex(State(lock: try DirectoryLock(in: directory.path)))
        socketPlace = try SocketPlace(in: directory.path)
        socketPath = socketPlace.path
        self.databaseName = databaseName
        self.logger = logger
        self.options = options
    }

    /// The server's process; nil while there is none.
    public var processID: Int32? {
        state.withLock { state in state.server?.exitStatus == nil ? state.server?.processID : nil }
    }

    /// The file that the server writes its messages to.
    public var logPath: String { directory.serverLog }

    /// Stops the server for good: SIGTERM, and SIGKILL where it takes too long. The directory is free for others then.
    public func stop() async {
        await stopServer()
        socketPlace.remove()
        state.withLock { $0.lock = nil }
    }

    /// Kills the server with SIGKILL, as a crash would, and returns when it is gone. ``restart()`` brings it back.
    public func kill() async {
        guard let server = state.withLock({ $0.server.take() }) else { return }
        server.send(SIGKILL)
        _ = await server.waitForExit()
    }

    /// Starts the server again on the same directory and socket, after ``kill()`` or a crash of its own, or while it runs.
    ///
    /// - Precondition: ``stop()`` has not been called.
    /// - Throws: ``PrivateDatabaseError`` with `didNotStart`, after which it may be tried again; `CancellationError`.
    public func restart() async throws {
        precondition(state.withLock { $0.lock != nil }, "restart() after stop(): the directory is no longer ours.")
        await stopServer()
        try await startServer()
    }

    private func prepareDirectory() async throws {
        let orphans = try await OrphanedServers.stop(using: [directory.data, directory.unfinishedData])
        if orphans > 0 { logger.notice("A private database left behind by an earlier run was stopped") }
        try await directory.initialise(with: programs, as: userName)
        try directory.writeStartStatements(database: databaseName, userName: userName)
    }

    private func startServer() async throws {
        let start = ContinuousClock.now
        let server = try ChildProcess.start(serverCommand)
        state.withLock { $0.server = server }
        do {
            try await waitUntilReady(server, before: start + options.startLimit)
        } catch {
            // Killed, not asked: mariadbd may miss a SIGTERM while it starts, and it has accepted nothing yet.
            await kill()
            throw error
        }
        logger.info(
            "The private database answers",
            metadata: [
                "socket": "\(socketPath)", "process": "\(server.processID)",
                "duration": "\(ContinuousClock.now - start)",
            ])
    }

    private func stopServer() async {
        guard let server = state.withLock({ $0.server.take() }) else { return }
        let status = await server.stop(within: options.stopLimit)
        logger.info("The private database has stopped", metadata: ["exit": "\(status)"])
    }
}
