import EventQueue
import EventWorker
import FoundationEssentials
import Glibc
import ListenerKit
import MariaDBClient
import Neighbours
import ServerConfiguration

/// Looks whether everything is as it should be, and says what to do where it is not.
public struct Doctor: Sendable {
    /// What one look found.
    public struct Finding: Sendable, Encodable {
        public enum State: String, Sendable, Encodable {
            case ok, warning, failure
        }

        public let check: String
        public let state: State
        public let message: String
        /// What to do about it.
        public let advice: String?

        static func ok(_ check: String, _ message: String) -> Finding {
            Finding(check: check, state: .ok, message: message, advice: nil)
        }

        static func warning(_ check: String, _ message: String, _ advice: String) -> Finding {
            Finding(check: check, state: .warning, message: message, advice: advice)
        }

        static func failure(_ check: String, _ message: String, _ advice: String) -> Finding {
            Finding(check: check, state: .failure, message: message, advice: advice)
        }
    }

    /// How long ago the last worker may have been seen before that is a finding.
    static let workerAge: Int64 = 180
    /// How long the oldest event may wait.
    static let queueAge: Int64 = 300

    private let installation: Installation
    private let operating: Operator

    public init(_ installation: Installation) {
        self.installation = installation
        operating = Operator(installation)
    }

    /// Looks at everything. What depends on the database is left out where that cannot be reached.
    public func examine() async -> [Finding] {
        var findings = [configuration(), runtimeDirectory()]
        findings += sockets()
        let migrations = await migrations()
        findings.append(migrations)
        if migrations.state == .ok {
            findings.append(await worker())
            findings += await queue()
        }
        return findings + (await listeners())
    }

    private func configuration() -> Finding {
        let file = installation.configuration.file ?? "no file, defaults only"
        let warnings = installation.configuration.warnings
        guard let warning = warnings.first else { return .ok("configuration", file) }
        return .warning("configuration", "\(warning)", "Mend it in \(file).")
    }

    private func runtimeDirectory() -> Finding {
        guard let directory = installation.runtimeDirectory() else {
            return .warning(
                "runtime directory", "cannot be used",
                "Make /run/recado writable for this user, or set worker.runtime_directory.")
        }
        return .ok("runtime directory", directory.path)
    }

    private func sockets() -> [Finding] {
        guard case .unix(let path)? = installation.configuration.server.fastCGI else { return [] }
        guard access(path, F_OK) == 0 else {
            return [
                .warning(
                    "responder", "no socket at \(path)", "Start it with: recado serve. The web server connects there.")
            ]
        }
        guard access(path, R_OK | W_OK) == 0 else {
            return [
                .warning(
                    "responder", "\(path) is not for this user", "Check server.socket_mode and server.socket_group.")
            ]
        }
        return [.ok("responder", path)]
    }

    private func migrations() async -> Finding {
        let migrator = Migrator(installation.database, tables: installation.tables)
        do {
            let missing = try await migrator.status().filter { !$0.isApplied }
            guard missing.isEmpty else {
                return .failure("tables", "\(missing.count) migrations are missing", "Run: recado migrate")
            }
            return .ok("database", "reached, tables up to date")
        } catch let error as SchemaError {
            return .failure("database", "\(error)", "Nothing works before that.")
        } catch {
            return .failure(
                "database", "\(error)",
                "Check database.host, socket, name, user and password, and that MariaDB runs.")
        }
    }

    private func worker() async -> Finding {
        guard let last = try? await operating.workers({ try $0.lastSeen(on: $1) }) else {
            return .failure(
                "worker", "none has ever run",
                "Add to the crontab: * * * * * \(CommandLine.arguments[0]) process_events 100, or run: recado work")
        }
        guard last.secondsSinceSeen <= Self.workerAge else {
            return .failure(
                "worker", "the last one was seen \(last.secondsSinceSeen) seconds ago",
                "Check the cron line or the daemon: recado work")
        }
        return .ok("worker", "\(last.kind) on \(last.host), \(last.secondsSinceSeen) seconds ago: \(last.summary)")
    }

    private func queue() async -> [Finding] {
        guard let status = try? await operating.status() else {
            return [.failure("queue", "cannot be read", "Check the database user's rights.")]
        }
        var findings: [Finding] = []
        if status.unroutable > 0 {
            let events = installation.tables.events
            findings.append(
                .warning(
                    "queue", "\(status.unroutable) events could not be routed: nobody gets them",
                    "Look with: SELECT id, error_message FROM \(events) WHERE status = 'failed' AND scheduled_at IS NULL "
                        + "AND dead_deliveries = 0"))
        }
        if status.deadLetters > 0 {
            findings.append(
                .warning(
                    "queue", "\(status.deadLetters) dead letters",
                    "Look with: recado dlq list. Try again with: recado dlq replay --all"))
        }
        if status.oldestSeconds > Self.queueAge {
            findings.append(
                .warning(
                    "queue", "the oldest event has waited \(status.oldestSeconds) seconds",
                    "Is a worker running and keeping up?"))
        }
        for (listener, count) in (try? await operating.strandedDeliveries()) ?? [] {
            findings.append(
                .warning(
                    "queue",
                    "\(count) deliveries wait for the listener \(listener): not in the configuration, or disabled",
                    "What is open for it is delivered once it is back under listeners.\(listener)."))
        }
        guard findings.isEmpty else { return findings }
        return [
            .ok("queue", "\(status.pending) pending, \(status.processing) processing, \(status.retrying) to be retried")
        ]
    }

    private func listeners() async -> [Finding] {
        let subscriptions = installation.subscriptions.value
        var findings: [Finding] = []
        for name in subscriptions.listeners.keys.sorted() {
            guard let listener = subscriptions.listeners[name]?.listener as? any ProbingListener else { continue }
            if let failure = await listener.probe() {
                findings.append(.failure("listener \(name)", "\(failure)", "Check its settings in listeners.\(name)."))
            } else {
                findings.append(.ok("listener \(name)", "reached"))
            }
        }
        if installation.configuration.eventListeners.routes.isEmpty {
            findings.append(
                .warning("listeners", "no event has a listener", "Add one under event_listeners in the configuration."))
        }
        return findings
    }
}
