import BlockingWork
import CurlClient
import Dispatching
public import EventQueue
public import EventWorker
import ListenerKit
public import Logging
public import MariaDBClient
public import Neighbours
import Observability
public import ServerConfiguration

/// A configuration that was read and checked, and what is made of it.
public struct Installation: Sendable {
    public let configuration: ServerConfiguration
    public let logger: Logger
    let clients: TransferClients
    let subscriptions: CurrentSubscriptions
    private let path: String?
    private let overrides: [String: String]

    /// This program's version.
    public static let version = "0.1.0"

    /// Called once, first thing in `main`, before any thread is there.
    public static func prepareProcess() {
        ProcessSetup.prepare()
    }

    /// Called in `main` by a command that does little and ends.
    public static func expectShortLife() {
        ProcessSetup.expectShortLife()
    }

    /// Reads and checks the configuration, and sets up the log.
    ///
    /// - Parameters:
    ///   - path: the file; nil looks in the usual places.
    ///   - overrides: values as `RECADO_...` variables that win over the file and the environment.
    /// - Throws: ``ConfigurationError`` with every problem that was found.
    public static func load(path: String? = nil, overrides: [String: String] = [:]) throws -> Installation {
        // It takes as long as reading the configuration, and must be over before the process may end.
        startThread(name: "library") { Database.startLibrary() }
        defer { Database.startLibrary() }
        let clients = TransferClients(logger: Logger(label: "recado"))
        let configuration = try read(path: path, environment: environment(with: overrides), clients: clients)
        if let level = Logger.Level(rawValue: configuration.log.level.rawValue),
            let format = LogFormat(rawValue: configuration.log.format.rawValue)
        {
            LoggingSetup.bootstrap(level: level, format: format)
        }
        let logger = Logger(label: "recado")
        for warning in configuration.warnings {
            logger.warning("configuration", metadata: [LogKeys.error: "\(warning)"])
        }
        return Installation(
            configuration: configuration, logger: logger, clients: clients,
            subscriptions: CurrentSubscriptions(try Self.subscriptions(of: configuration, clients: clients)),
            path: path, overrides: overrides)
    }

    static func environment(with overrides: [String: String] = [:]) -> [String: String] {
        ProcessEnvironment.variables().merging(overrides) { _, new in new }
    }

    private static func read(
        path: String?, environment: [String: String], clients: TransferClients
    ) throws -> ServerConfiguration {
        try ServerConfiguration.load(
            path: path, environment: environment,
            transports: DefaultListeners.transports(clients: clients, templatesDirectory: ""))
    }

    /// Makes the listeners of a configuration. Everything that cannot work is found here, with its place.
    static func subscriptions(of configuration: ServerConfiguration, clients: TransferClients) throws -> Subscriptions {
        let transports = DefaultListeners.transports(
            clients: clients, templatesDirectory: configuration.templates.directory)
        let enabled = configuration.listeners.filter(\.isEnabled)
        let listeners = try enabled.map { listener in
            guard let transport = transports.first(where: { $0.type == listener.type }) else {
                throw SettingError("type", "there is no transport \(listener.type)")
            }
            do {
                return RegisteredListener(
                    name: listener.name, type: listener.type,
                    listener: try transport.makeListener(name: listener.name, settings: listener.settings),
                    timeout: listener.timeout, maximumInFlight: listener.maxInFlight,
                    maximumAttempts: listener.maxAttempts)
            } catch let error as SettingError {
                throw ListenerProblem(place: "\(listener.position)", listener: listener.name, error: error)
            }
        }
        return Subscriptions(
            listeners: listeners, disabled: Set(configuration.listeners.filter { !$0.isEnabled }.map(\.name)),
            events: Dictionary(
                configuration.eventListeners.routes.map { ($0.event, $0.listeners) },
                uniquingKeysWith: { first, _ in first }))
    }

    /// Reads the file again and puts its listeners in force. Where it has problems, what is in force stays.
    func reload() {
        do {
            let read = try Self.read(path: path, environment: Self.environment(with: overrides), clients: clients)
            let gone = Set(subscriptions.value.listeners.keys)
            subscriptions.replace(with: try Self.subscriptions(of: read, clients: clients))
            let missing = gone.subtracting(subscriptions.value.listeners.keys)
            if !missing.isEmpty {
                logger.warning(
                    "listeners are gone: what is open for them waits until they are back",
                    metadata: [LogKeys.listener: "\(missing.sorted().joined(separator: ", "))"])
            }
            logger.notice("listeners reloaded", metadata: [LogKeys.count: "\(read.listeners.count)"])
            let sections = configuration.sectionsThatDiffer(from: read)
            if !sections.isEmpty {
                logger.warning(
                    "what was changed elsewhere takes a restart",
                    metadata: [LogKeys.path: "\(sections.joined(separator: ", "))"])
            }
        } catch {
            logger.error(
                "the configuration has problems; the one in force stays", metadata: [LogKeys.error: "\(error)"])
        }
    }

    public var database: DatabaseConfiguration {
        let database = configuration.database
        return DatabaseConfiguration(
            host: database.host, port: database.port, socketPath: database.socket, database: database.name,
            user: database.user, password: database.password.revealed, connectTimeout: database.connectTimeout,
            // What a dead connection has locked keeps the others from settling: not for so long that their leases run out.
            idleTransactionTimeout: min(configuration.worker.lease / 3, .seconds(5)),
            transportSecurity: .init(rawValue: database.tls.rawValue) ?? .verify)
    }

    public var tables: Tables { Tables(prefix: configuration.database.tablePrefix) }

    /// The limits and defaults of a dispatch.
    var dispatchLimits: DispatchLimits {
        DispatchLimits(
            batch: configuration.server.maxBatch, depth: configuration.server.maxJSONDepth,
            defaultMaxAttempts: configuration.worker.defaultMaxAttempts)
    }

    /// The lease as lanes have it: shorter than the one that is promised by the time in which somebody looks at the queue again, for
    /// nobody is told when a lease ends.
    private var writtenLease: Duration {
        let worker = configuration.worker
        return max(worker.lease - worker.pollInterval * 1.5, worker.lease / 2)
    }

    public var workerSettings: WorkerSettings {
        let worker = configuration.worker
        let retention = configuration.retention
        return WorkerSettings(
            database: database, tables: tables,
            engine: EngineSettings(
                lease: writtenLease,
                retry: RetryPolicy(
                    delays: worker.retryDelays, jitter: worker.jitter, maximumRetryAfter: worker.retryAfterMax),
                settleBatch: worker.batch),
            sharedLanes: worker.keylessLanes, routeBatch: worker.batch,
            pollInterval: min(worker.pollIntervalMin, worker.pollInterval)...worker.pollInterval,
            shutdownGrace: worker.shutdownGrace,
            retention: RetentionPeriods(
                attempts: retention.attempts, processed: retention.processed, deadLetters: retention.deadLetters,
                idempotencyKeys: retention.idempotencyKeys),
            retentionInterval: retention.interval)
    }

    /// The folder where this installation's processes find one another; nil, with a warning, where it cannot be used.
    public func runtimeDirectory() -> Neighbours.RuntimeDirectory? {
        let database = configuration.database
        let base = RuntimeDirectoryPath.base(for: configuration)
        let server = database.socket ?? "\(database.host):\(database.port)"
        do {
            return try Neighbours.RuntimeDirectory(
                base: base, identity: "\(server)/\(database.name)/\(database.tablePrefix)")
        } catch {
            logger.warning(
                "no runtime directory: workers of this host will not notice one another at once",
                metadata: [LogKeys.path: "\(base)", LogKeys.error: "\(error)"])
            return nil
        }
    }
}

/// Settings of a listener that cannot work together.
struct ListenerProblem: Error, CustomStringConvertible {
    let place: String
    let listener: String
    let error: SettingError

    var description: String { "\(place): listeners.\(listener).\(error)" }
}

extension Installation {
    /// The configuration in force as YAML, with where each value comes from and secrets masked.
    public func maskedConfiguration() -> String {
        configuration.masked(
            transports: DefaultListeners.transports(
                clients: clients, templatesDirectory: configuration.templates.directory))
    }
}
