/// A configured receiver: delivers, and says what became of it.
///
/// A listener only delivers and classifies. Timeouts, retries, ordering, history and metrics are applied around it, once for
/// all. `deliver` may be called many times at once, must return soon after its task is cancelled (with ``Outcome/putBack``
/// when nothing is known to have been received), and never throws: whatever goes wrong is an ``Outcome``.
public protocol Listener: Sendable {
    /// Tries once to hand `delivery` to the receiver.
    func deliver(_ delivery: Delivery) async -> Outcome
}

/// Implemented by listeners that can say whether their receiver is reachable, for `recado doctor`.
public protocol ProbingListener: Listener {
    /// Reaches the receiver without delivering anything. Returns nil when it is well, else what is wrong.
    func probe() async -> Failure?
}
