import EventQueue

/// Claims: which are ours, and what becomes of what was started under one that is over.
extension EngineState {
    /// When the lease ends of what was started under `claim`, unless it is renewed; nil where that is not ours any more.
    func leaseEnd(of claim: Lane) -> Duration? { unbroken(since: claim)?.leaseEnd }

    /// The claim that is in force for what was started under `claim`; nil where that is not ours any more.
    func claimInForce(for claim: Lane) -> Lane? { unbroken(since: claim)?.lane }

    /// Takes lanes that were claimed with a lease that ends at `leaseEnd`.
    ///
    /// - Parameter isConfirmed: whether the claim is known to have been committed.
    mutating func add(_ loaded: [LoadedLane], leaseEnd: Duration, isConfirmed: Bool = true) {
        for lane in loaded {
            let id = lane.lane.id
            if let run = lanes[id] {
                // Learned of twice, or later than the one after it.
                if run.lane.epoch > lane.lane.epoch || held(lane.lane) != nil { continue }
                // An earlier claim of ours has run out, and we may not have been told.
                if !run.open.isEmpty {
                    run.listener.held -= run.waitingCount
                    run.counted { $0.goOn(under: lane, until: leaseEnd, isConfirmed: isConfirmed) }
                    touched.insert(id)
                    if isStopping { close(run) }
                    continue
                }
                remove(id)
            }
            let listener = listeners[lane.lane.listener] ?? ListenerState()
            listeners[lane.lane.listener] = listener
            let run = LaneRun(
                lane, of: listener, heldSince: leaseEnd - settings.lease, leaseEnd: leaseEnd,
                quantum: settings.quantum(for: lane.lane.key))
            lanes[id] = run
            listener.held += lane.deliveries.count
            listener.waitingBytes += run.waitingBytes
            if lane.deliveries.isEmpty { touched.insert(id) }
            if isStopping { close(run) }
            announce(run)
        }
    }

    /// The lane that was claimed so, if it has been ours since.
    private func unbroken(since claim: Lane) -> LaneRun? {
        lanes[claim.id].flatMap { $0.isUnbroken(since: claim) ? $0 : nil }
    }

    /// The lane of this very claim, if it is in force as far as we know.
    func held(_ claim: Lane) -> LaneRun? {
        guard let run = lanes[claim.id], run.lane.epoch == claim.epoch, !run.isLost else { return nil }
        return run
    }

    /// Notes that a claim is not in force any more. What is under way is cancelled with the next look at the leases, and until it has
    /// ended the lane is not forgotten: should it become ours again, nothing must start beside it.
    mutating func lose(_ claim: Lane) {
        guard let run = held(claim) else { return }
        run.listener.held -= run.waitingCount
        run.counted { $0.lose() }
        forgetIfEnded(run)
    }

    mutating func forgetIfEnded(_ run: LaneRun) {
        if run.isLost, run.open.isEmpty { remove(run.lane.id) }
    }

    /// Forgets a lane of which nothing is under way.
    mutating func remove(_ id: Int64) {
        guard let run = lanes.removeValue(forKey: id) else { return }
        assert(run.open.isEmpty)
        run.listener.held -= run.waitingCount
        run.listener.waitingBytes -= run.waitingBytes
        touched.remove(id)
    }
}
