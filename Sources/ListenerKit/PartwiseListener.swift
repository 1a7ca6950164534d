import Crypto
public import EventModel
import FoundationEssentials
import Synchronization

/// Implemented by listeners whose deliveries are made in parts, such as a mail to each of two people: what attempts before have done
/// is not done again, whichever process made them.
public protocol PartwiseListener: Listener {
    /// Tries once to do what is left of `delivery`, and notes in `parts` what it has done.
    func deliver(_ delivery: Delivery, parts: DeliveryParts) async -> Outcome
}

extension PartwiseListener {
    public func deliver(_ delivery: Delivery) async -> Outcome {
        await deliver(delivery, parts: DeliveryParts(of: delivery.event))
    }
}

/// The parts of a delivery that are done.
///
/// They are kept as digests of the event's identity and the part: a part may name a person, and rows of another event, that had the same
/// number before a table was emptied, must not be believed.
public final class DeliveryParts: Sendable {
    private let uuid: String
    private let done: Set<String>
    private let noted = Mutex<[String]>([])

    /// - Parameter done: what attempts before have left in ``new``.
    public init(of event: Event, done: Set<String> = []) {
        uuid = event.uuid
        self.done = done
    }

    /// Whether an attempt before has done `part`.
    public func contains(_ part: String) -> Bool { done.contains(digest(of: part)) }

    /// Whether an attempt before has done any.
    public var hasBegun: Bool { !done.isEmpty }

    /// Notes that this attempt has done `part`. It is written with the attempt's result, unless the delivery is put back.
    ///
    /// - Parameter part: what tells it from the others of its delivery, up to 30, the same for every attempt.
    public func note(_ part: String) {
        noted.withLock { $0.append(digest(of: part)) }
    }

    /// What this attempt has done, in that order: 32 hexadecimal digits each.
    public var new: [String] { noted.withLock { $0 } }

    private func digest(of part: String) -> String {
        SHA256.hash(data: Data("\(uuid) \(part)".utf8)).prefix(16).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}
