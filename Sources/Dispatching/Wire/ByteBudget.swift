import Synchronization

/// Bounds the bytes of all requests that one wire is receiving or serving together.
public final class ByteBudget: Sendable {
    /// What a wire may hold where nobody says otherwise.
    public static let usual = 64 << 20

    private let limit: Int
    private let used = Atomic<Int>(0)

    public init(limit: Int) {
        self.limit = limit
    }

    /// Takes `bytes` more, or fewer where negative; false, and nothing is taken, when more would pass the limit.
    public func take(_ bytes: Int) -> Bool {
        let total = used.add(bytes, ordering: .relaxed).newValue
        if bytes <= 0 || total <= limit { return true }
        give(bytes)
        return false
    }

    /// Gives `bytes` back.
    public func give(_ bytes: Int) {
        used.subtract(bytes, ordering: .relaxed)
    }
}
