import EventModel
import EventQueue
import ListenerKit
import Synchronization

extension EngineState {
    /// A delivery to start. An object, because it goes through many hands and is large.
    final class Start: Sendable {
        let lane: Lane
        let delivery: OpenDelivery
        let listener: RegisteredListener
        let isSuspect: Bool
        /// When the lane's lease ends, on our clock, unless it is renewed.
        let leaseEnd: Duration
        /// What is done of it, where it is made in parts and its listener has been asked.
        let parts = Mutex<DeliveryParts?>(nil)

        init(
            lane: Lane, delivery: OpenDelivery, listener: RegisteredListener, isSuspect: Bool, leaseEnd: Duration
        ) {
            self.lane = lane
            self.delivery = delivery
            self.listener = listener
            self.isSuspect = isSuspect
            self.leaseEnd = leaseEnd
        }

        /// Whether something has to be read or written before the listener can be asked.
        var readsFirst: Bool { isSuspect || delivery.isPayloadDeferred || listener.partwise != nil }
        /// How often this delivery is tried at the most.
        var maximumAttempts: Int { delivery.maximumAttempts(at: listener) }
        /// Which attempt this is. That of a trial is not one more.
        var attempt: Int { min(delivery.attempts + 1, maximumAttempts) }
    }
}

extension OpenDelivery {
    /// How often it is tried at the most; 1 where its event is gone. An app may have written any number into the event's row; our own
    /// column holds one more, for a trial.
    func maximumAttempts(at listener: RegisteredListener) -> Int {
        min(max(listener.maximumAttempts ?? event?.maxAttempts ?? 1, 1), Int(Int16.max) - 1)
    }
}
