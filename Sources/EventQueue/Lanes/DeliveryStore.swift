public import MariaDBClient

/// Where a worker finds deliveries and leaves what became of them.
public protocol DeliveryStore: Sendable {
    /// Claims up to `lanes` ready lanes of a listener.
    func claim(listener: String, lanes: Int, depth: LaneDepth, lease: Duration) async throws -> [LoadedLane]
    /// Claims those of the lanes that are ready and free.
    func claim(ids: [Int64], depth: LaneDepth, lease: Duration) async throws -> [LoadedLane]
    /// Writes what became of attempts. See ``Settler``.
    func settle(_ settlements: [Settlement], changes: [LaneChange], lease: Duration) async throws -> Settled
    /// Renews leases, and waits for nothing but the lanes. Returns the lanes that are lost.
    func renew(_ lanes: [Lane], lease: Duration) async throws -> Set<Lane>
    /// Sets how many attempts of an open delivery count. Returns false where the lane is lost.
    func count(_ attempt: CountedAttempt) async throws -> Bool
    /// The payload of an event; nil where its row is gone.
    func payload(ofEvent id: Int64) async throws -> [UInt8]?
    /// What attempts before have done of a delivery that is made in parts.
    func partsDone(ofEvent id: Int64, by listener: String) async throws -> Set<String>
}

/// How many deliveries are read at once from lanes of each kind.
public struct LaneDepth: Sendable {
    /// A lane with a key, whose deliveries go one after another.
    public var ordered: Int
    /// A shared lane, with many in flight.
    public var shared: Int

    public init(ordered: Int, shared: Int) {
        self.ordered = ordered
        self.shared = shared
    }

    public func limit(for key: LaneKey) -> Int {
        switch key {
        case .ordered: ordered
        case .shared: shared
        case .single: 1
        }
    }
}

/// The store of the queue's own tables.
public struct MariaDBDeliveryStore: DeliveryStore {
    private let claims: Database
    private let settling: Database
    private let renewals: Database
    private let claimer: LaneClaimer
    private let settler: Settler
    private let reader: DeliveryReader
    private let parts: PartsReader
    private let counter: AttemptCounter
    private let owner: Int64

    /// - Parameters:
    ///   - claims: for what begins a delivery.
    ///   - settling: for what ends one, so that neither waits for the other. The same one will do.
    ///   - renewals: for leases that are renewed by themselves, because the others may be waiting for long.
    ///   - owner: our id in `event_worker`.
    public init(claims: Database, settling: Database, renewals: Database? = nil, tables: Tables, owner: Int64) {
        self.claims = claims
        self.settling = settling
        self.renewals = renewals ?? claims
        self.owner = owner
        claimer = LaneClaimer(tables: tables)
        settler = Settler(tables: tables)
        reader = DeliveryReader(tables: tables)
        parts = PartsReader(tables: tables)
        counter = AttemptCounter(database: claims, settler: settler, owner: owner)
    }

    public func claim(listener: String, lanes: Int, depth: LaneDepth, lease: Duration) async throws -> [LoadedLane] {
        try await claims.run { [claimer, owner] connection in
            try claimer.claim(
                listener: listener, lanes: lanes, depth: depth, owner: owner, lease: lease, on: connection)
        }
    }

    public func claim(ids: [Int64], depth: LaneDepth, lease: Duration) async throws -> [LoadedLane] {
        try await claims.run { [claimer, owner] connection in
            try claimer.claim(ids: ids, depth: depth, owner: owner, lease: lease, on: connection)
        }
    }

    public func settle(
        _ settlements: [Settlement], changes: [LaneChange], lease: Duration
    ) async throws -> Settled {
        try await settling.run { [settler, owner] connection in
            try settler.settle(settlements, changes: changes, lease: lease, worker: owner, on: connection)
        }
    }

    public func renew(_ lanes: [Lane], lease: Duration) async throws -> Set<Lane> {
        try await renewals.run { [settler, owner] connection in
            try settler.settle(
                [], changes: lanes.map { LaneChange(lane: $0, action: .keep) }, lease: lease, worker: owner,
                on: connection
            ).lostLanes
        }
    }

    public func count(_ attempt: CountedAttempt) async throws -> Bool {
        try await counter.count(attempt)
    }

    public func payload(ofEvent id: Int64) async throws -> [UInt8]? {
        try await claims.run { [reader] connection in try reader.payload(ofEvent: id, on: connection) }
    }

    public func partsDone(ofEvent id: Int64, by listener: String) async throws -> Set<String> {
        try await claims.run { [parts] in try parts.partsDone(ofEvent: id, by: listener, on: $0) }
    }
}
