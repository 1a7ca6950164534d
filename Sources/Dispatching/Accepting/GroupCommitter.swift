public import EventQueue
import FoundationEssentials
public import Logging
public import MariaDBClient
import Observability
import Synchronization

/// Commits what many requests bring: while one batch commits, the next gathers. Nothing waits on a timer.
///
/// One connection commits; a second one costs more than it gains. A request is answered only when its rows are known to be
/// there, or known not to be.
public final class GroupCommitter: Sendable {
    /// Is called between two commits, which wait for it.
    public typealias Completion = @Sendable (Result<[Acceptance], ErrorAnswer>) -> Void

    /// How much may wait for its commit.
    public struct Limits: Sendable {
        public var events: Int
        public var bytes: Int

        public init(events: Int = 10000, bytes: Int = 64 << 20) {
            self.events = events
            self.bytes = bytes
        }
    }

    private struct Submission {
        let events: [NewEvent]
        let bytes: Int
        let complete: Completion
    }

    private struct State {
        var waiting: [Submission] = []
        var events = 0
        var bytes = 0
        var isCommitting = false
    }

    /// Enough for a statement of a few milliseconds; larger ones only make the first wait for the last.
    private static let batchEvents = 500
    private static let batchBytes = 4 << 20

    private let state = Mutex(State())
    private let database: Database
    private let writer: EventWriter
    private let limits: Limits
    private let onCommit: @Sendable () -> Void
    private let logger: Logger

    /// - Parameter onCommit: called after each commit: the doorbell.
    public init(
        database: DatabaseConfiguration, tables: Tables, limits: Limits = Limits(), logger: Logger,
        onCommit: @escaping @Sendable () -> Void
    ) {
        self.database = Database(database, name: "committer")
        writer = EventWriter(tables: tables)
        self.limits = limits
        self.logger = logger
        self.onCommit = onCommit
    }

    /// Takes events that belong into one commit. `complete` is called once, from a thread of the committer's.
    public func submit(_ events: [NewEvent], complete: @escaping Completion) {
        let bytes = events.reduce(0) { $0 + $1.payload.count }
        enum Next { case full, wait, commit }
        let next = state.withLock { state -> Next in
            // A request that alone is larger than the limit is let in where nothing else waits.
            guard
                state.events == 0
                    || (state.events + events.count <= limits.events && state.bytes + bytes <= limits.bytes)
            else { return .full }
            state.waiting.append(Submission(events: events, bytes: bytes, complete: complete))
            state.events += events.count
            state.bytes += bytes
            defer { state.isCommitting = true }
            return state.isCommitting ? .wait : .commit
        }
        switch next {
        case .full: complete(.failure(.unavailable("Too many events are waiting to be committed.")))
        case .wait: break
        case .commit: database.enqueue { session in self.commitAll(session) }
        }
    }

    /// Commits one event among the others, and waits for that.
    public func accept(_ event: NewEvent) async throws(ErrorAnswer) -> Acceptance {
        try await withCheckedContinuation { continuation in
            submit([event]) { continuation.resume(returning: $0) }
        }.get()[0]
    }

    /// Returns when everything that was submitted is answered.
    public func drain() async {
        _ = try? await database.run { _ in }
        await database.close()
    }

    private func commitAll(_ session: DatabaseSession) {
        while let batch = takeBatch() {
            commit(batch, session)
        }
    }

    private func takeBatch() -> [Submission]? {
        state.withLock { state in
            var events = 0
            var bytes = 0
            var count = 0
            for submission in state.waiting {
                if count > 0,
                    events + submission.events.count > Self.batchEvents || bytes + submission.bytes > Self.batchBytes
                {
                    break
                }
                events += submission.events.count
                bytes += submission.bytes
                count += 1
            }
            guard count > 0 else {
                state.isCommitting = false
                return nil
            }
            let batch = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            state.events -= events
            state.bytes -= bytes
            return batch
        }
    }

    private func commit(_ batch: [Submission], _ session: DatabaseSession) {
        let events = batch.count == 1 ? batch[0].events : batch.flatMap(\.events)
        do {
            let answers = try write(events, session)
            // Delivering need not wait for the answers to be sent.
            onCommit()
            var start = 0
            for submission in batch {
                submission.complete(.success(Array(answers[start..<start + submission.events.count])))
                start += submission.events.count
            }
        } catch let partly as PartlyWritten {
            onCommit()
            var answers = partly.answers[...]
            for submission in batch {
                submission.complete(partly.result(of: answers.prefix(submission.events.count)))
                answers = answers.dropFirst(submission.events.count)
            }
        } catch let answer as ErrorAnswer where batch.count == 1 || answer.status == 503 {
            for submission in batch { submission.complete(.failure(answer)) }
        } catch let error as DatabaseError where error.isLockTimeout {
            // One after another they would all wait for the same lock, each for as long again.
            logger.error("somebody's transaction keeps the table locked", metadata: [LogKeys.error: "\(error)"])
            for submission in batch { submission.complete(.failure(Self.answer(to: error))) }
        } catch {
            // What was refused in one request must not fail the others.
            if batch.count > 1 {
                for submission in batch { commit([submission], session) }
            } else {
                logger.error("events were refused by the database", metadata: [LogKeys.error: "\(error)"])
                batch[0].complete(.failure(Self.answer(to: error)))
            }
        }
    }

    /// - Parameter isRepetition: whether an answer to the same events was lost before.
    private func write(
        _ events: [NewEvent], _ session: DatabaseSession, isRepetition: Bool = false
    ) throws -> [Acceptance] {
        var sentOn: LostCommit.LostConnection?
        do {
            return try session.run { connection in
                sentOn = try LostCommit.LostConnection(connection)
                return try writer.write(events, on: connection, now: Date())
            }
        } catch let error as PayloadTooLarge {
            throw Self.answer(to: error)
        } catch let error as DatabaseError where error.isConnectionLost || error.isCommitUnknown {
            logger.error("the connection to the database was lost", metadata: [LogKeys.error: "\(error)"])
            guard let sentOn else { throw ErrorAnswer.unavailable("The database cannot be reached.") }
            return try settleLost(events, sentOn: sentOn, session, isRepetition: isRepetition)
        } catch let error as DatabaseError where sentOn == nil {
            // No connection, for none of the batch: the database refuses us, not what we bring.
            logger.error("the database refuses a connection", metadata: [LogKeys.error: "\(error)"])
            throw ErrorAnswer.unavailable("The database refused what was asked of it.")
        }
    }

    /// The answer was lost: ends the old connection, if the server still has it, and looks what is there. What is not there
    /// then never will be, and is written once more: a connection that the server closed while it rested costs nobody a 503.
    private func settleLost(
        _ events: [NewEvent], sentOn lost: LostCommit.LostConnection, _ session: DatabaseSession, isRepetition: Bool
    ) throws -> [Acceptance] {
        let found: [String: (id: Int64, status: String)]
        do {
            found = try LostCommit(writer: writer).settle(events.map(\.uuid), lost: lost, session)
        } catch {
            throw Self.outcomeUnknown
        }
        let known = events.map { event in
            found[event.uuid].map { Acceptance.accepted(id: $0.id, uuid: event.uuid, status: $0.status) }
        }
        let missing = events.filter { found[$0.uuid] == nil }
        guard !missing.isEmpty else { return known.compactMap { $0 } }
        do {
            if isRepetition { throw ErrorAnswer.unavailable("The database went away; nothing was stored.") }
            return PartlyWritten.filled(known, with: try write(missing, session, isRepetition: true)).compactMap { $0 }
        } catch let partly as PartlyWritten {
            throw PartlyWritten(answers: PartlyWritten.filled(known, with: partly.answers), problem: partly.problem)
        } catch let error where !found.isEmpty {
            // Not every event makes a row, one whose idempotency key was used makes none: the others are there all the same.
            throw PartlyWritten(answers: known, problem: Self.answer(to: error))
        }
    }

    static let outcomeUnknown = ErrorAnswer(
        status: 503, code: "outcome_unknown",
        message: "The database went away while committing. Repeat with the same idempotency_key.", retryAfter: 5)

    private static let notMigrated = ErrorAnswer(
        status: 503, code: "not_migrated", message: "The tables are missing or old: run recado migrate.",
        retryAfter: 30)

    static func answer(to error: any Error) -> ErrorAnswer {
        if let answer = error as? ErrorAnswer { return answer }
        if error is PayloadTooLarge {
            return ErrorAnswer(
                status: 413, code: "too_large", message: "The payload is larger than the database takes.",
                field: "payload")
        }
        if (error as? SchemaError) == .migrationsMissing { return notMigrated }
        guard let error = error as? DatabaseError else { return .unavailable("This cannot be answered now.") }
        if error.isCommitUnknown { return outcomeUnknown }
        if error.isMissingTable { return notMigrated }
        return .unavailable(
            error.isConnectionLost ? "The database cannot be reached." : "The database refused what was asked of it.")
    }
}
