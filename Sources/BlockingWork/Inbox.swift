import Glibc

/// The jobs that wait for a ``DedicatedThread``.
final class Inbox: @unchecked Sendable {
    // The mutex guards `jobs` and `isClosed`; both pointers are set once and freed when nobody can reach them any more.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [@Sendable () -> Void] = []
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
        pthread_mutex_lock(mutex)
        jobs.append(job)
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(mutex)
    }

    /// Lets the thread end once the jobs that are there have run.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(arrived)
        pthread_mutex_unlock(mutex)
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
            pthread_cond_wait(arrived, mutex)
        }
        let batch = jobs
        jobs.removeAll(keepingCapacity: true)
        return batch
    }
}
