public import EventQueue
import ListenerKit
public import MariaDBClient

/// How a worker works.
public struct WorkerSettings: Sendable {
    public var database: DatabaseConfiguration
    public var tables: Tables
    public var engine: EngineSettings
    /// Over how many lanes of a listener keyless deliveries are spread.
    public var sharedLanes: Int
    /// How many events are routed in one transaction.
    public var routeBatch: Int
    /// How soon and how late a daemon looks again where nothing rings.
    public var pollInterval: ClosedRange<Duration>
    /// How long what is under way may take to end when the worker stops.
    public var shutdownGrace: Duration
    public var retention: RetentionPeriods
    public var retentionInterval: Duration
    /// How long a lane stays parked before it is removed.
    public var laneIdleTime = Duration.seconds(3600)

    public init(
        database: DatabaseConfiguration, tables: Tables = Tables(), engine: EngineSettings = EngineSettings(),
        sharedLanes: Int = 4, routeBatch: Int = 500,
        pollInterval: ClosedRange<Duration> = .milliseconds(50)...(.seconds(1)),
        shutdownGrace: Duration = .seconds(30), retention: RetentionPeriods = RetentionPeriods(),
        retentionInterval: Duration = .seconds(3600)
    ) {
        self.database = database
        self.tables = tables
        self.engine = engine
        self.sharedLanes = sharedLanes
        self.routeBatch = routeBatch
        self.pollInterval = pollInterval
        self.shutdownGrace = shutdownGrace
        self.retention = retention
        self.retentionInterval = retentionInterval
    }

    /// The farthest that anything may put a lane off.
    var longestWait: Duration { engine.retry.longestDelay + engine.lease + .seconds(60) }
}
