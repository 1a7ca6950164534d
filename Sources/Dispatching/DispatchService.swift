import EventModel
public import EventQueue
public import EventWorker
public import ListenerKit
public import Logging
public import MariaDBClient
import Observability

/// The routes, whatever the wire.
public final class DispatchService: RequestHandler {
    /// What the service is made of.
    public struct Parts: Sendable {
        public var keys: AccessKeys
        public var limits: DispatchLimits
        public var syncTimeout: Duration
        public var tables: Tables

        public init(keys: AccessKeys, limits: DispatchLimits, syncTimeout: Duration, tables: Tables) {
            self.keys = keys
            self.limits = limits
            self.syncTimeout = syncTimeout
            self.tables = tables
        }
    }

    private let parts: Parts
    private let reader: DispatchReader
    private let committer: GroupCommitter
    private let sync: SyncDeliverer
    private let lookup: EventLookup
    private let reading: Database
    private let subscriptions: CurrentSubscriptions
    private let logger: Logger

    /// - Parameter reading: the connection that answers questions.
    public init(
        _ parts: Parts, committer: GroupCommitter, sync: SyncDeliverer, reading: Database,
        subscriptions: CurrentSubscriptions, logger: Logger
    ) {
        self.parts = parts
        reader = DispatchReader(limits: parts.limits)
        self.committer = committer
        self.sync = sync
        lookup = EventLookup(tables: parts.tables)
        self.reading = reading
        self.subscriptions = subscriptions
        self.logger = logger
    }

    public func handle(_ request: Request, respond: @escaping Respond) {
        let requestID = Self.requestID(request)
        @Sendable func answer(_ make: @escaping @Sendable () -> Response) {
            respond {
                let response = make()
                self.logger.debug(
                    "answered",
                    metadata: [
                        LogKeys.requestID: "\(requestID)", LogKeys.requestMethod: "\(request.method)",
                        LogKeys.requestPath: "\(request.path)", LogKeys.status: "\(response.status)",
                    ])
                return response.adding("X-Request-ID", requestID)
            }
        }
        do {
            try route(request, requestID: requestID, answer: answer)
        } catch {
            answer { error.response }
        }
    }

    public func admits(_ head: Request) -> Bool {
        // Nobody else's body is looked at.
        (try? admit(head))?.endpoint.purpose == .dispatch
    }

    /// What is asked for, and for which tenant alone, where whoever asks may.
    private func admit(_ head: Request) throws(ErrorAnswer) -> (endpoint: Endpoint, tenant: ExactText?) {
        let endpoint = try Endpoint(head)
        guard let purpose = endpoint.purpose else { return (endpoint, nil) }
        return (endpoint, try parts.keys.check(head, for: purpose))
    }

    private func route(
        _ request: Request, requestID: String, answer: @escaping Respond
    ) throws(ErrorAnswer) {
        let (endpoint, tenant) = try admit(request)
        switch endpoint {
        case .dispatch:
            let origin = DispatchOrigin(requestID: requestID, source: .http, tenant: tenant)
            dispatch(try reader.read(request, from: origin), answer: answer)
        case .dispatchSync:
            let origin = DispatchOrigin(requestID: requestID, source: .sync, tenant: tenant)
            guard case .single(let event) = try reader.read(request, from: origin) else {
                throw ErrorAnswer(
                    status: 400, code: "invalid_field", message: "dispatch_sync takes one event, not several.")
            }
            Self.later(answer) { await self.dispatchSync(event) }
        case .health:
            answer { .json(200, #"{"status":"ok"}"#) }
        case .ready:
            Self.later(answer, self.ready)
        case .stats:
            guard tenant == nil else {
                throw ErrorAnswer(
                    status: 403, code: "forbidden", message: "The key is for one tenant, and the figures are about all."
                )
            }
            Self.later(answer, self.stats)
        case .event(let identifier):
            let isNumber = identifier.utf8.allSatisfy { (0x30...0x39).contains($0) } && Int64(identifier) != nil
            guard isNumber || EventIdentifier.isWellFormed(identifier) else {
                throw ErrorAnswer(status: 404, code: "not_found", message: "No event has this id.")
            }
            Self.later(answer) { await self.find(identifier, of: tenant) }
        }
    }

    private static func later(_ answer: @escaping Respond, _ make: @escaping @Sendable () async -> Response) {
        Task {
            let response = await make()
            answer { response }
        }
    }

    private func dispatch(_ content: DispatchReader.Content, answer: @escaping Respond) {
        switch content {
        case .single(let event):
            committer.submit([event]) { result in
                answer { Self.response { () throws(ErrorAnswer) in try result.get()[0].json() } }
            }
        case .several(let items):
            let events = items.compactMap { try? $0.get() }
            guard !events.isEmpty else {
                // Nothing to commit: the first problem speaks for the request.
                if case .failure(let error) = items[0] { answer { error.response } }
                return
            }
            committer.submit(events) { result in
                answer { Self.response { () throws(ErrorAnswer) in try Self.list(items, try result.get()) } }
            }
        }
    }

    /// One answer per item, in their order. Where none is good, which may only show at the commit, the first problem speaks for the
    /// request.
    private static func list(
        _ items: [Result<NewEvent, ErrorAnswer>], _ acceptances: [Acceptance]
    ) throws(ErrorAnswer) -> String {
        var next = acceptances.makeIterator()
        var problem: ErrorAnswer?
        var isAnyGood = false
        let answers = items.map { item in
            do throws(ErrorAnswer) {
                _ = try item.get()
                let answer = try next.next()?.json()
                isAnyGood = true
                return answer ?? "null"
            } catch {
                problem = problem ?? error
                return error.json
            }
        }
        if let problem, !isAnyGood { throw problem }
        return "[" + answers.joined(separator: ",") + "]"
    }

    private func dispatchSync(_ event: NewEvent) async -> Response {
        do {
            let outcome = try await sync.deliver(event, within: parts.syncTimeout)
            switch outcome.acceptance {
            case .accepted(let id, let uuid, _) where !outcome.status.isEmpty:
                let body = SyncAnswer(id: id, uuid: uuid, status: outcome.status, attempts: outcome.attempts)
                return .json(outcome.isComplete ? 200 : 202, try body.json())
            case .accepted(let id, let uuid, let status):
                return .json(202, try SyncAnswer(id: id, uuid: uuid, status: status).json())
            case .repeated(let id, let uuid, let status):
                return .json(200, try SyncAnswer(id: id, uuid: uuid, status: status, repeated: true).json())
            case .conflicting:
                return Self.response { () throws(ErrorAnswer) in try outcome.acceptance.json() }
            }
        } catch {
            let answer = GroupCommitter.answer(to: error)
            if answer.status >= 500, !(error is ErrorAnswer) {
                logger.error("a synchronous dispatch failed", metadata: [LogKeys.error: "\(error)"])
            }
            return answer.response
        }
    }

    /// - Parameter tenant: whose events alone there are for the caller; nil for everybody's.
    private func find(_ identifier: String, of tenant: ExactText?) async -> Response {
        do {
            let lookup = lookup
            guard let state = try await reading.run({ try lookup.find(identifier, of: tenant?.text, on: $0) }) else {
                return ErrorAnswer(status: 404, code: "not_found", message: "No event has this id.").response
            }
            return .json(200, try EventAnswer(state, subscriptions: subscriptions.value).json())
        } catch {
            logger.error("an event could not be looked up", metadata: [LogKeys.error: "\(error)"])
            return GroupCommitter.answer(to: error).response
        }
    }

    private func ready() async -> Response {
        let tables = parts.tables
        do {
            try await reading.run { connection in
                try connection.query("SELECT 1 FROM \(tables.events) LIMIT 1")
                try Migrator.requireCurrentTables(tables, on: connection)
            }
            return .json(200, #"{"status":"ready"}"#)
        } catch {
            logger.warning("not ready", metadata: [LogKeys.error: "\(error)"])
            return GroupCommitter.answer(to: error).response
        }
    }

    private func stats() async -> Response {
        let tables = parts.tables
        do {
            return .json(200, try await reading.run { try QueueStatus.read(tables: tables, on: $0).json })
        } catch {
            return GroupCommitter.answer(to: error).response
        }
    }

    private static func response(_ body: () throws(ErrorAnswer) -> String) -> Response {
        do {
            return .json(202, try body())
        } catch {
            return error.response
        }
    }

    /// The caller's id where it is a plain token, else a new one.
    private static func requestID(_ request: Request) -> String {
        guard let given = request.headers["x-request-id"], !given.isEmpty,
            given.utf8.count <= DispatchLimits.maximumRequestIDLength,
            given.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return EventIdentifier.make() }
        return given
    }
}
