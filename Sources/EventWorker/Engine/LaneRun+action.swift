import EventQueue

extension LaneRun {
    /// What to write of the lane besides settlements; nil for nothing.
    ///
    /// - Parameter openAfter: how many deliveries are open once the batch is written.
    func action(openAfter: Int, now: Duration, settings: EngineSettings, isRouterBehind: Bool) -> LaneChange.Action? {
        if openAfter == 0 {
            if let delay = backOff { return .backOff(delay: delay) }
            if isClosing || quantum <= 0 { return .release }
            if waitingCount == 0 {
                if hasMore || readsFromStart { return refill(depth: settings.depth) }
                if !lingers(settings, isRouterBehind: isRouterBehind) { return .release }
            }
        } else if !lane.key.isOrdered, !isClosing, hasMore, waitingCount < settings.depth.shared / 2,
            quantum > waitingCount
        {
            return refill(depth: settings.depth)
        }
        return leaseEnd - now < settings.lease * 2 / 3 ? .keep : nil
    }

    /// Whether the lane is kept for a moment though it has nothing to do: a shared one soon gets more, and so does one with a key
    /// while there is a backlog. Without one it may be another worker that routes the next delivery, and we are not told of it.
    private func lingers(_ settings: EngineSettings, isRouterBehind: Bool) -> Bool {
        settings.lingers && !hasRested && (lane.key.isShared || lane.key.isOrdered && isRouterBehind)
    }

    private func refill(depth: LaneDepth) -> LaneChange.Action {
        let limit = depth.limit(for: lane.key)
        // What is under way is read again, and left out.
        if readsFromStart, waitingCount == 0 { return .refill(after: 0, limit: limit + open.count) }
        return .refill(after: lastRead, limit: limit)
    }
}
