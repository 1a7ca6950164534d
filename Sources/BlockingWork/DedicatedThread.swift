import Glibc
import Synchronization

/// One thread of its own for calls that block, and the only bridge from them to `async`.
///
/// Jobs run one after another in the order they were given. The cooperative pool has as many threads as there are cores, so a
/// C call that waits must never run there.
public final class DedicatedThread: Sendable {
    private let name: String
    private let inbox = Inbox()
    private let started = Atomic(false)

    /// The thread starts with its first job. `name` is cut to 15 bytes, the kernel's limit (proc(5), `comm`).
    public init(name: String) {
        self.name = name
    }

    /// Whether it was ever given a job.
    public var isStarted: Bool { started.load(ordering: .relaxed) }

    deinit {
        inbox.close()
    }

    /// Runs `body` on the thread and returns what it returns.
    ///
    /// Cancelling the caller does not stop a job: it is the library's own time limit that ends it.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            enqueue { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// Runs `job` on the thread, later.
    public func enqueue(_ job: @escaping @Sendable () -> Void) {
        inbox.append(job)
        guard !isStarted, !started.exchange(true, ordering: .relaxed) else { return }
        startThread(name: name) { [inbox] in inbox.work() }
    }
}

/// Runs `body` on a new detached thread.
public func startThread(name: String, _ body: @escaping @Sendable () -> Void) {
    final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    let status = pthread_create(
        &thread, nil,
        { argument in
            let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
            nameThisThread(start.name)
            start.body()
            return nil
        }, start.toOpaque())
    precondition(status == 0, "pthread_create failed with \(status)")
    pthread_detach(thread)
}

/// Shows the name in `top -H` and in core dumps. The kernel keeps 15 bytes; a failure changes nothing but the name.
private func nameThisThread(_ name: String) {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = Array(name.utf8.prefix(15)).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
}
