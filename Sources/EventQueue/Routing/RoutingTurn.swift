import EventModel

/// What one turn of the router knows and makes.
struct RoutingTurn {
    struct Accepted {
        let head: HeadReader.Head
        let listeners: [String]
        var sequenceNumber: Int64 = 0
        /// Listeners that are at it just now, because it was set back by hand: their deliveries stay where they are.
        var underWay: Set<String> = []
    }

    /// What is put into one lane.
    struct Filling {
        let lane: Int64
        let name: LaneRegistry.Name
        /// Indices of `accepted`, in event order.
        var events: [Int]
        /// How many of them may be handed over.
        var handed = 0
    }

    /// What the routing worker would take; nil where it has no room.
    let offer: HandoverOffer?
    var routed = Routed()
    var heads: [HeadReader.Head] = []
    var accepted: [Accepted] = []
    var known: [LaneRegistry.Name: Int64] = [:]
    /// Lanes that were not known.
    var found: [LaneRegistry.Name: Int64] = [:]
    /// The lane of the oldest event first.
    private(set) var fillings: [Filling] = []
    private(set) var leasing: LaneWaker.Leasing?
    /// How many leasings of earlier turns have been looked after.
    var settledLeasings = 0
    /// The lanes of what was left out.
    private var blocked: Set<ExactText> = []

    init(_ offer: HandoverOffer?) {
        self.offer = offer.flatMap { $0.room.isEmpty ? nil : $0 }
    }

    /// What became due goes first: it was accepted before.
    mutating func take(due: [HeadReader.Head], pending: [HeadReader.Head], limit: Int) {
        let pending = pending.prefix(max(limit - due.count, 0))
        heads = (due + pending).sorted { $0.event.id < $1.event.id }
        routed.mayHaveMoreDue = due.count >= limit
        routed.mayHaveMore = heads.count >= limit
        routed.lastPendingID = pending.last?.event.id ?? 0
    }

    /// Gives the heads away, to be looked at.
    mutating func takeHeads() -> [HeadReader.Head] {
        defer { heads = [] }
        return heads
    }

    /// Those that nothing that was left out has to go before.
    func unblocked(_ candidates: [HeadReader.Head]) -> [HeadReader.Head] {
        candidates.filter { !isBlocked($0) }
    }

    /// Adds events up to `limit` in all, but for those that are locked, and those that would overtake one of them in its lane.
    ///
    /// - Returns: the last one that was looked at.
    mutating func add(_ candidates: [HeadReader.Head], besides locked: Set<Int64>, limit: Int) -> Int64? {
        var last: Int64?
        for head in candidates where heads.count < limit {
            last = head.event.id
            if !locked.contains(head.event.id), !isBlocked(head) {
                heads.append(head)
            } else {
                if let key = head.laneKey { blocked.insert(ExactText(key)) }
                routed.locked += 1
            }
        }
        heads.sort { $0.event.id < $1.event.id }
        return last
    }

    private func isBlocked(_ head: HeadReader.Head) -> Bool {
        head.laneKey.map { blocked.contains(ExactText($0)) } ?? false
    }

    /// Leaves all but the first to later turns.
    mutating func keepFirst() {
        routed.mayHaveMore = heads.count > 1
        heads = Array(heads.prefix(1))
        routed.lastPendingID = min(routed.lastPendingID, heads.first?.event.id ?? 0)
    }

    /// The lanes that are wanted and whose ids are not known.
    func unknownLanes(sharedLanes: Int) -> Set<LaneRegistry.Name> {
        var unknown: Set<LaneRegistry.Name> = []
        forEachDelivery(sharedLanes: sharedLanes) { name, _ in
            if known[name] == nil { unknown.insert(name) }
        }
        return unknown
    }

    /// A lane was neither found nor made.
    struct LaneNotFound: Error {
        let name: LaneRegistry.Name
    }

    /// Says what goes into which lane, and which of the lanes are to be leased as far as the offer's room goes.
    mutating func fill(sharedLanes: Int) throws(LaneNotFound) {
        var places: [Int64: Int] = [:]
        var fillings: [Filling] = []
        try forEachDelivery(sharedLanes: sharedLanes) { name, event throws(LaneNotFound) in
            guard let lane = known[name] ?? found[name] else { throw LaneNotFound(name: name) }
            if let place = places[lane] {
                fillings[place].events.append(event)
            } else {
                places[lane] = fillings.count
                fillings.append(Filling(lane: lane, name: name, events: [event]))
            }
        }
        if let offer { lease(&fillings, offer: offer) }
        self.fillings = fillings
    }

    private mutating func lease(_ fillings: inout [Filling], offer: HandoverOffer) {
        var room = offer.room
        var leased: [Filling] = []
        for index in fillings.indices {
            let name = fillings[index].name
            let left = room[name.listener] ?? 0
            let handed = min(left, fillings[index].events.count, offer.depth.limit(for: name.key))
            guard handed > 0 else { continue }
            room[name.listener] = left - handed
            fillings[index].handed = handed
            leased.append(fillings[index])
        }
        guard let last = accepted.last, !leased.isEmpty else { return }
        leased.sort { $0.lane < $1.lane }
        leasing = LaneWaker.Leasing(
            lanes: leased.map(\.lane), names: leased.map(\.name), owner: offer.owner, lease: offer.lease,
            through: last.head.event.id)
    }

    /// The rows of `event_delivery`, by lane and event.
    var rows: [(Int64, Int64)] {
        fillings.sorted { $0.lane < $1.lane }.flatMap { filling in
            filling.events.map { (filling.lane, accepted[$0].head.event.id) }
        }
    }

    /// Hands over what was put into the offering worker's lanes, and says which listeners have lanes to be claimed.
    mutating func hand(_ woken: [LaneWaker.Woken]) {
        guard leasing != nil else {
            routed.toClaim = Set(fillings.map(\.name.listener))
            return
        }
        let fillings = Dictionary(uniqueKeysWithValues: self.fillings.map { ($0.lane, $0) })
        for lane in woken {
            guard let filling = fillings[lane.id] else { continue }
            // Up to the first that was not read whole: what is behind it must not overtake it.
            var deliveries: [OpenDelivery] = []
            for event in filling.events.prefix(filling.handed).map({ accepted[$0] }) {
                guard let delivery = event.head.delivery(in: filling.lane, sequenceNumber: event.sequenceNumber)
                else { break }
                deliveries.append(delivery)
            }
            let hasMore = deliveries.count < filling.events.count
            if lane.isLeased {
                routed.handover.claimed.append(
                    LoadedLane(
                        lane: lane.lane(named: filling.name), deliveries: deliveries, hasMore: hasMore, turn: lane.turn)
                )
            } else if lane.isOurs {
                routed.handover.added.append(
                    AddedDeliveries(
                        lane: lane.lane(named: filling.name), turn: lane.turn,
                        first: accepted[filling.events[0]].head.event.id, deliveries: deliveries, hasMore: hasMore)
                )
            } else if lane.isReady {
                routed.toClaim.insert(filling.name.listener)
            }
        }
    }

    /// Takes over lanes that an earlier turn has leased without learning of it. What is in them is read as they are renewed.
    mutating func recoverLeased(_ lanes: [LaneWaker.Woken], of leasings: [LaneWaker.Leasing]) {
        guard !lanes.isEmpty else { return }
        let names = Dictionary(leasings.flatMap { zip($0.lanes, $0.names) }) { $1 }
        for lane in lanes where lane.isLeased && lane.isOurs {
            guard let name = names[lane.id] else { continue }
            routed.handover.claimed.append(
                LoadedLane(lane: lane.lane(named: name), deliveries: [], hasMore: true, turn: lane.turn))
        }
    }

    private func forEachDelivery<Failure>(
        sharedLanes: Int, _ body: (LaneRegistry.Name, _ event: Int) throws(Failure) -> Void
    ) throws(Failure) {
        for (index, event) in accepted.enumerated() {
            let key = LaneKey.forEvent(
                id: event.head.event.id, key: event.head.laneKey, sharedLanes: sharedLanes)
            for listener in event.listeners where !event.underWay.contains(listener) {
                try body(.init(listener: listener, key: key), index)
            }
        }
    }
}
