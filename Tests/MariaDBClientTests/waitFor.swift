import Glibc
import Synchronization

/// Runs asynchronous work from a connection's thread, which may wait.
func waitFor(_ body: @escaping @Sendable () async throws -> Void) throws {
    final class Box: Sendable {
        let outcome = Mutex<Result<Void, any Error>?>(nil)
    }
    let box = Box()
    Task {
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        box.outcome.withLock { $0 = result }
    }
    while true {
        if let result = box.outcome.withLock({ $0 }) { return try result.get() }
        usleep(1000)
    }
}
