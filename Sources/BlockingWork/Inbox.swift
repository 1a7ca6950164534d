import Glibc

/// The jobs that wait for a ``DedicatedThread``.
final class Inbox: @unchecked Sendable {
    // The mutex guards what changes; both pointers are set once and freed when nobody can reach them any more.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [@Sendable () -> Void] = []
    private var isWaitedFor = false
    private var isClosed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrived, nil)
    }

    deinit {
        pthread_cond_destroy(arrived)
        pthread_mutex_destroy(mutex)
        arrived.deallocate()
        mutex.deallocate()
    }

    func append(_ job: @escaping @Sendable () -> Void) {
        wakeThread { jobs.append(job) }
    }

    /// Lets the thread end once the jobs that are there have run.
    func close() {
        wakeThread { isClosed = true }
    }

    /// Signals only a thread that waits, and after the mutex was let go: it would wake to find it taken.
    private func wakeThread(after change: () -> Void) {
        pthread_mutex_lock(mutex)
        change()
        let wakes = isWaitedFor
        pthread_mutex_unlock(mutex)
        if wakes { pthread_cond_signal(arrived) }
    }

    /// Runs jobs until the inbox is closed and empty. Called by the thread itself.
    func work() {
        while let batch = next() {
            for job in batch { job() }
        }
    }

    private func next() -> [@Sendable () -> Void]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while jobs.isEmpty {
            if isClosed { return nil }
            isWaitedFor = true
            pthread_cond_wait(arrived, mutex)
            isWaitedFor = false
        }
        let batch = jobs
        jobs.removeAll(keepingCapacity: true)
        return batch
    }
}
