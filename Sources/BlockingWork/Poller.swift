import CPoll
import Glibc

/// One epoll instance and the bell that other threads ring to wake it. Used by one thread, but for ``ring()``.
public final class Poller: Sendable {
    /// What may be reported of a descriptor.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32
        public static let reading = Interest(rawValue: EPOLLIN.rawValue)
        public static let writing = Interest(rawValue: EPOLLOUT.rawValue)
        /// The peer has ended its side.
        public static let ending = Interest(rawValue: EPOLLRDHUP.rawValue)
        /// The connection is lost; reported whether it is asked for or not.
        public static let failing = Interest(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
        /// Once for every change, not as long as it lasts.
        public static let changes = Interest(rawValue: EPOLLET.rawValue)
        /// Wakes one of the processes that share the descriptor.
        public static let exclusive = Interest(rawValue: EPOLLEXCLUSIVE.rawValue)

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }
    }

    private let epoll: Int32
    private let bell: Int32

    /// Nil where the process may open no more descriptors.
    public init?() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard epoll >= 0, bell >= 0, add(bell, .reading) else { return nil }
    }

    deinit {
        if bell >= 0 { close(bell) }
        if epoll >= 0 { close(epoll) }
    }

    /// Watches a descriptor until it is closed or removed.
    @discardableResult
    public func add(_ descriptor: Int32, _ interest: Interest) -> Bool {
        control(EPOLL_CTL_ADD, descriptor, interest)
    }

    /// Returns false where the descriptor is not watched.
    @discardableResult
    public func change(_ descriptor: Int32, _ interest: Interest) -> Bool {
        control(EPOLL_CTL_MOD, descriptor, interest)
    }

    public func remove(_ descriptor: Int32) {
        control(EPOLL_CTL_DEL, descriptor, [])
    }

    /// Makes the current or the next ``wait(milliseconds:_:)`` return, from any thread.
    public func ring() {
        var one: UInt64 = 1
        write(bell, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits, and calls `body` with every descriptor that has news; -1 waits without a limit.
    public func wait(milliseconds: Int32, _ body: (_ descriptor: Int32, _ news: Interest) -> Void) {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 256) { events in
            let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)
            for index in 0..<Int(max(count, 0)) {
                let event = events[index]
                if event.data.fd == bell {
                    var rings: UInt64 = 0
                    read(bell, &rings, MemoryLayout<UInt64>.size)
                } else {
                    body(event.data.fd, Interest(rawValue: event.events))
                }
            }
        }
    }

    @discardableResult
    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Interest) -> Bool {
        var event = epoll_event(events: interest.rawValue, data: epoll_data_t(fd: descriptor))
        return epoll_ctl(epoll, operation, descriptor, &event) == 0
    }
}
