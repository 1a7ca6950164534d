import Synchronization

/// Implemented by listeners whose deliveries are made in parts, such as a mail to each of two people: what attempts before have done
/// is not done again, whichever process made them.
public protocol PartwiseListener: Listener {
    /// Tries once to do what is left of `delivery`, and notes in `parts` what it has done.
    func deliver(_ delivery: Delivery, parts: DeliveryParts) async -> Outcome
}

extension PartwiseListener {
    public func deliver(_ delivery: Delivery) async -> Outcome {
        await deliver(delivery, parts: DeliveryParts(done: []))
    }
}

/// The parts of a delivery that are done.
public final class DeliveryParts: Sendable {
    private let done: Set<String>
    private let noted: Mutex<[String]>

    /// - Parameter done: what attempts before have done.
    public init(done: Set<String>) {
        self.done = done
        noted = Mutex([])
    }

    /// Whether an attempt before has done `part`.
    public func contains(_ part: String) -> Bool { done.contains(part) }

    /// Notes that this attempt has done `part`. It is written with the attempt's result, whatever that is.
    ///
    /// - Parameter part: what tells it from the others of its delivery, the same for every attempt: a line of up to 300 characters.
    public func note(_ part: String) {
        noted.withLock { $0.append(part) }
    }

    /// What this attempt has done, in that order.
    public var new: [String] { noted.withLock { $0 } }
}
