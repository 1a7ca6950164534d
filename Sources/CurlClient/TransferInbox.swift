import BlockingWork
import Synchronization

/// What other threads ask of the loop, and the only way to wake it.
final class TransferInbox: Sendable {
    /// What the loop has to do next.
    struct Work {
        var starting: [Transfer] = []
        var cancelled: [Transfer] = []
        /// Whoever waits for the end. Closing is asked for by `isClosed`, with or without somebody who waits.
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isClosed = false

        var isEmpty: Bool { starting.isEmpty && cancelled.isEmpty && waiting.isEmpty && !isClosed }
    }

    private struct State {
        var work = Work()
        var isClosed = false
        var hasEnded = false

        /// Only the first to leave something wakes the loop: it takes everything at once.
        mutating func leave(waking poller: Poller, _ change: (inout Work) -> Void) {
            let wasEmpty = work.isEmpty
            change(&work)
            if wasEmpty { poller.ring() }
        }
    }

    private let state = Mutex(State())
    private let poller: Poller

    init(poller: Poller) {
        self.poller = poller
    }

    /// Returns false when the loop is closed.
    func start(_ transfer: Transfer) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.leave(waking: poller) { $0.starting.append(transfer) }
            return true
        }
    }

    func cancel(_ transfer: Transfer) {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.leave(waking: poller) { $0.cancelled.append(transfer) }
        }
    }

    /// Asks the loop to end, and resumes `continuation` when no transfer is left.
    func close(_ continuation: CheckedContinuation<Void, Never>? = nil) {
        let hasEnded = state.withLock { state in
            state.isClosed = true
            guard !state.hasEnded else { return true }
            state.leave(waking: poller) { work in
                work.isClosed = true
                if let continuation { work.waiting.append(continuation) }
            }
            return false
        }
        if hasEnded { continuation?.resume() }
    }

    /// Takes everything that was left.
    func take() -> Work {
        state.withLock { state in
            defer { state.work = Work() }
            return state.work
        }
    }

    /// Nobody is heard from here on. Returns those who came to wait in the meantime.
    func end() -> [CheckedContinuation<Void, Never>] {
        state.withLock { state in
            state.hasEnded = true
            defer { state.work = Work() }
            return state.work.waiting
        }
    }
}
