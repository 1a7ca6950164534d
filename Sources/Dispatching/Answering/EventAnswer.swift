import EventQueue
import FoundationEssentials
import ListenerKit

/// The answer to `GET /events/{id}`: where a message is, and where nobody was told, why.
struct EventAnswer: Encodable {
    struct Delivery: Encodable {
        let listener: String
        let state: String
        let attempts: Int
        let nextAttemptAt: String?
        let ahead: Int?
        let reason: String?
        let message: String?
    }

    struct Attempt: Encodable {
        let listener: String
        let attempt: Int
        let outcome: String
        let reason: String?
        let message: String?
        let milliseconds: Int64
        let at: String
    }

    struct Skipped: Encodable {
        let listener: String?
        let reason: String
        let message: String
    }

    let id: Int64
    let uuid: String
    let event: String
    let status: String
    let attempts: Int
    let maxAttempts: Int
    let errorMessage: String?
    let scheduledAt: String?
    let processedAt: String?
    let createdAt: String
    let instance: String?
    let tenant: String?
    let orderingKey: String?
    let sequenceNumber: Int64?
    let requestId: String?
    let deliveries: [Delivery]
    let attemptHistory: [Attempt]
    /// Who was not told, by the configuration in force now.
    let skipped: [Skipped]

    init(_ state: EventLookup.State, subscriptions: Subscriptions) {
        id = state.id
        uuid = state.uuid
        event = state.name
        status = state.status
        attempts = state.attempts
        maxAttempts = state.maxAttempts
        errorMessage = state.errorMessage
        scheduledAt = state.scheduledAt
        processedAt = state.processedAt
        createdAt = state.createdAt
        instance = state.instance
        tenant = state.tenant
        orderingKey = state.orderingKey
        sequenceNumber = state.sequenceNumber > 0 ? state.sequenceNumber : nil
        requestId = state.requestID
        deliveries = Self.deliveries(state)
        attemptHistory = state.attemptHistory.map { attempt in
            Attempt(
                listener: attempt.listener, attempt: attempt.attempt, outcome: attempt.outcome,
                reason: attempt.reason.isEmpty ? nil : attempt.reason,
                message: attempt.message.isEmpty ? nil : attempt.message, milliseconds: attempt.milliseconds,
                at: attempt.at)
        }
        skipped = Self.skipped(state, deliveries: deliveries, subscriptions)
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private static func deliveries(_ state: EventLookup.State) -> [Delivery] {
        var last: [String: EventLookup.Attempt] = [:]
        for attempt in state.attemptHistory { last[attempt.listener] = attempt }
        let open = state.open.map { delivery in
            let failed = last[delivery.listener]
            return Delivery(
                listener: delivery.listener, state: delivery.attempts > 0 ? "retrying" : "waiting",
                attempts: delivery.attempts, nextAttemptAt: delivery.nextAttemptAt, ahead: delivery.ahead,
                reason: failed?.reason, message: failed?.message)
        }
        let openNames = Set(open.map(\.listener))
        let settled = last.values.filter { !openNames.contains($0.listener) }.map { attempt in
            Delivery(
                listener: attempt.listener, state: attempt.outcome, attempts: attempt.attempt, nextAttemptAt: nil,
                ahead: nil, reason: attempt.reason.isEmpty ? nil : attempt.reason,
                message: attempt.message.isEmpty ? nil : attempt.message)
        }
        return (open + settled).sorted { $0.listener < $1.listener }
    }

    private static func skipped(
        _ state: EventLookup.State, deliveries: [Delivery], _ subscriptions: Subscriptions
    ) -> [Skipped] {
        guard state.status != "pending", state.status != "scheduled" else { return [] }
        let registered = subscriptions.registered(for: state.name)
        guard !registered.isEmpty else {
            guard deliveries.isEmpty else { return [] }
            return [
                Skipped(
                    listener: nil, reason: "no_listener",
                    message: "No listener is registered for \(state.name) in event_listeners.")
            ]
        }
        return registered.filter(subscriptions.disabled.contains).map { name in
            Skipped(
                listener: name, reason: "disabled", message: "The listener \(name) is switched off (enabled: false).")
        }
    }
}
