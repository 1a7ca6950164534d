/// Asks again and again, every 10 ms, until `condition` holds.
///
/// - Parameters:
///   - what: What is waited for, for the error's text.
///   - limit: How long it may take.
/// - Throws: ``ServerError`` when the time is over; what `condition` throws; `CancellationError`.
public func waitUntil(
    _ what: String, within limit: Duration = .seconds(20), isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw ServerError("After \(limit) still not true: \(what).") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
