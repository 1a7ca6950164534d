import EventQueue

/// Leases: which are to be renewed, and what their end or renewal means.
extension EngineState {
    /// Marks lanes whose lease wants renewing. Returns the claims whose lease is about to run out: what was started under them or before
    /// is to be cancelled, before somebody else can start it.
    mutating func checkLeases(now: Duration) -> [Lane] {
        var expired: [Lane] = []
        for (id, run) in lanes {
            if run.open.isEmpty, run.waitingCount == 0 {
                run.rest()
                touched.insert(id)
            } else if run.quantum <= 0, run.running > 0, run.lane.key.isShared {
                run.waitForRest(renewing: settings.quantum(for: run.lane.key))
                announce(run)
            }
        }
        for (id, run) in lanes where run.leaseEnd - now < settings.lease * 2 / 3 {
            touched.insert(id)
            if run.leaseEnd - now <= settings.lease / 10, run.running > 0 { expired.append(run.lane) }
        }
        return expired
    }

    /// Lanes whose leases are to be renewed by themselves, because settling, which does it along the way, is late.
    func takeLate(now: Duration) -> [Lane] {
        lanes.values.lazy.filter { [settings] in !$0.isLost && $0.leaseEnd - now < settings.lease / 2 }
            .prefix(settings.renewalBatch).map(\.lane)
    }

    /// Notes that leases were renewed by themselves, asked for at `sentAt`.
    mutating func renewed(_ renewed: [Lane], lost: Set<Lane>, sentAt: Duration) {
        for lane in renewed {
            guard let run = held(lane) else { continue }
            if lost.contains(lane) {
                lose(lane)
            } else {
                run.renew(until: sentAt + settings.lease)
                announce(run)
            }
        }
        passTurn()
    }
}
