/// The names of our tables, with the app's prefix where it uses one.
public struct Tables: Sendable, Equatable {
    public let prefix: String

    public init(prefix: String = "") {
        self.prefix = prefix
    }

    public var events: String { prefix + "event_queue" }
    public var idempotencyKeys: String { prefix + "event_dedup" }
    public var routing: String { prefix + "event_routing" }
    public var lanes: String { prefix + "event_lane" }
    public var deliveries: String { prefix + "event_delivery" }
    public var sequences: String { prefix + "instance_event_sequence" }
    public var attempts: String { prefix + "delivery_attempt" }
    public var deadLetters: String { prefix + "event_dlq" }
    public var workers: String { prefix + "event_worker" }
    var schemaVersion: String { prefix + "schema_version" }

    /// All of them, as the migrations make them.
    public var all: [String] { telltales.map(\.table) }

    /// A column of each by which it is known as ours: an app may have a table of that name.
    var telltales: [(table: String, column: String)] {
        [
            (events, "open_deliveries"), (idempotencyKeys, "request_hash"), (routing, "lane_removals"),
            (lanes, "lane_key"), (deliveries, "lane_id"), (sequences, "current_sequence"), (attempts, "finished_at"),
            (deadLetters, "history"), (workers, "seen_at"), (schemaVersion, "applied_at"),
        ]
    }
}
