public import EventModel
public import ListenerKit
import Synchronization

/// A listener in memory: notes what it is asked to deliver, and answers as the test wants.
public final class RecordingListener: Listener {
    /// What was asked for.
    public struct Call: Sendable {
        public let event: Event
        public let attempt: Int
        public let outcome: Outcome
    }

    private struct State {
        var calls: [Call] = []
        var begun: [Int64] = []
        var inFlight: [String: Int] = [:]
        var mostInFlight = 0
    }

    private let state = Mutex(State())
    private let answer: @Sendable (Delivery) async -> Outcome

    public init(_ answer: @escaping @Sendable (Delivery) async -> Outcome = { _ in .delivered() }) {
        self.answer = answer
    }

    public func deliver(_ delivery: Delivery) async -> Outcome {
        let lane = delivery.event.laneKey ?? ""
        state.withLock { state in
            state.begun.append(delivery.event.id)
            state.inFlight[lane, default: 0] += 1
            state.mostInFlight = max(state.mostInFlight, state.inFlight[lane] ?? 0)
        }
        let outcome = await answer(delivery)
        state.withLock { state in
            state.calls.append(Call(event: delivery.event, attempt: delivery.attempt, outcome: outcome))
            state.inFlight[lane, default: 0] -= 1
        }
        return outcome
    }

    /// Attempts that have ended, in the order of their ends.
    public var calls: [Call] { state.withLock { $0.calls } }
    /// The events of attempts in the order they began.
    public var begun: [Int64] { state.withLock { $0.begun } }
    /// The events that were delivered, in the order they were.
    public var delivered: [Int64] {
        calls.filter { if case .delivered = $0.outcome { true } else { false } }.map(\.event.id)
    }
    /// How many attempts of one ordering key were under way at once at the most.
    public var mostInFlight: Int { state.withLock { $0.mostInFlight } }
}

/// Waits until its task is cancelled, as a listener does whose receiver never answers.
public func hang() async -> Outcome {
    try? await Task.sleep(for: .seconds(3600))
    return .putBack
}
