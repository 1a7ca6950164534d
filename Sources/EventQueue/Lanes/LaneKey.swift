import EventModel

/// Which lane of its listener a delivery belongs to, as `event_lane.lane_key` spells it.
public enum LaneKey: Sendable, Hashable {
    /// Over how many lanes of a listener the deliveries without a key may be spread at the most.
    public static let maximumShared = 64

    /// The deliveries of one ordering key, strictly one after another.
    case ordered(String)
    /// One of the few lanes that keyless deliveries are spread over, so that several workers share them.
    case shared(Int)
    /// A lane for one keyless delivery that stepped aside to wait for its next attempt, or is delivered within its request.
    case single(eventID: Int64)

    /// What the column holds.
    public var text: String {
        switch self {
        case .ordered(let key): "k:" + key
        case .shared(let number): "s:\(number)"
        case .single(let eventID): "e:\(eventID)"
        }
    }

    /// Reads what the column holds; nil where this program does not know the spelling.
    ///
    /// Byte by byte: a key may begin with a combining character, which makes one `Character` with the colon before it.
    public init?(text: String) {
        let value = String(decoding: text.utf8.dropFirst(2), as: UTF8.self)
        switch String(decoding: text.utf8.prefix(2), as: UTF8.self) {
        case "k:": self = .ordered(value)
        case "s:": guard let number = Int(value) else { return nil }; self = .shared(number)
        case "e:": guard let id = Int64(value) else { return nil }; self = .single(eventID: id)
        default: return nil
        }
    }

    public static func == (left: LaneKey, right: LaneKey) -> Bool {
        switch (left, right) {
        case (.ordered(let left), .ordered(let right)): ExactText(left) == ExactText(right)
        case (.shared(let left), .shared(let right)): left == right
        case (.single(let left), .single(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .ordered(let key): hasher.combine(ExactText(key))
        case .shared(let number): hasher.combine(number)
        case .single(let eventID): hasher.combine(eventID)
        }
    }

    /// Whether deliveries of this lane wait for one another.
    public var isOrdered: Bool {
        if case .ordered = self { true } else { false }
    }

    /// The lane of an event that is routed in the ordinary way.
    public static func forEvent(id: Int64, key: String?, sharedLanes: Int) -> LaneKey {
        if let key { return .ordered(key) }
        // Mixed, because ids may rise by any step: auto_increment_increment (Fibonacci hashing).
        let mixed = (UInt64(bitPattern: id) &* 0x9E37_79B9_7F4A_7C15) >> 32
        return .shared(Int(mixed % UInt64(max(sharedLanes, 1))))
    }
}
