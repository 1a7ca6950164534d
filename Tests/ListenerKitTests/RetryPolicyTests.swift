import ListenerKit
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(
        delays: [.zero, .seconds(10), .seconds(30)], jitter: 0.1, maximumRetryAfter: .seconds(60))

    @Test(arguments: [(1, 10), (2, 30), (3, 30), (100, 30)])
    func `the delay after an attempt is the one before the next, the last repeats`(_ attempt: Int, seconds: Int) {
        #expect(policy.delay(afterAttempt: attempt, retryAfter: nil, random: 0) == .seconds(seconds))
    }

    @Test func `jitter only makes it longer, by its share at the most`() {
        #expect(policy.delay(afterAttempt: 1, retryAfter: nil, random: 1) == .seconds(11))
        for _ in 0..<100 {
            #expect((.seconds(30)...(.seconds(33))).contains(policy.delay(afterAttempt: 2, retryAfter: nil)))
        }
    }

    @Test func `a receiver may ask for longer, not for shorter nor for ever`() {
        #expect(policy.delay(afterAttempt: 1, retryAfter: .seconds(20), random: 0) == .seconds(20))
        #expect(policy.delay(afterAttempt: 1, retryAfter: .seconds(1), random: 0) == .seconds(10))
        #expect(policy.delay(afterAttempt: 1, retryAfter: .seconds(86400), random: 0) == .seconds(60))
    }

    @Test func `the longest delay is longer than any that is given`() {
        #expect(policy.longestDelay == .seconds(60))
        #expect(
            RetryPolicy(delays: [.zero, .seconds(1000)], jitter: 0.5, maximumRetryAfter: .zero).longestDelay
                == .seconds(1500))
        #expect(
            RetryPolicy(delays: [], jitter: 1, maximumRetryAfter: .zero).delay(afterAttempt: 1, retryAfter: nil)
                == .zero)
    }
}
