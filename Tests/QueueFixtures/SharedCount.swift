import Synchronization

/// A number that several tasks and threads count up.
public final class SharedCount: Sendable {
    private let number = Atomic(0)

    public init() {}

    public var value: Int { number.load(ordering: .sequentiallyConsistent) }

    public func add() { number.add(1, ordering: .sequentiallyConsistent) }
}
