import Synchronization

/// Things that are costly to make and used by one thread at a time.
final class Pool<Element: Sendable>: Sendable {
    private let free = Mutex<[Element]>([])
    private let make: @Sendable () throws -> Element

    init(make: @escaping @Sendable () throws -> Element) {
        self.make = make
    }

    func take() throws -> Element {
        try free.withLock { $0.popLast() } ?? make()
    }

    func giveBack(_ element: Element) {
        free.withLock { $0.append(element) }
    }
}
