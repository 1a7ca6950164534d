import EventQueue
import ListenerKit

/// Turns what a listener says into what the tables are told.
struct AttemptJudge: Sendable {
    let retry: RetryPolicy

    init(retry: RetryPolicy) {
        self.retry = retry
    }

    /// What is said of a delivery that killed its worker as often as it may be tried.
    let crashed = Outcome.permanent(Failure(.crashed, "The worker died each time it delivered this."))

    /// - Returns: nil where the delivery is put back and no attempt counts.
    func result(of outcome: Outcome, attempt: Int, start: EngineState.Start) -> Settlement.Result? {
        guard start.delivery.event != nil else { return .vanished }
        return result(of: outcome, attempt: attempt, maxAttempts: start.maximumAttempts)
    }

    func result(of outcome: Outcome, attempt: Int, maxAttempts: Int) -> Settlement.Result? {
        switch outcome {
        case .delivered(let detail):
            .delivered(detail: detail)
        case .permanent(let failure):
            .dead(reason: failure.reason.rawValue, message: failure.message)
        case .retryable(let failure, _) where attempt >= maxAttempts:
            .dead(reason: failure.reason.rawValue, message: failure.message)
        case .retryable(let failure, let retryAfter):
            .retry(
                reason: failure.reason.rawValue, message: failure.message,
                delay: retry.delay(afterAttempt: attempt, retryAfter: retryAfter))
        case .putBack:
            nil
        }
    }
}
