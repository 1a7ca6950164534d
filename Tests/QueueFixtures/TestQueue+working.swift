import EventQueue
public import EventWorker
public import ListenerKit
public import Logging
import ServiceLifecycle

extension TestQueue {
    /// Settings that make a worker quick.
    public func settings(
        lease: Duration = .seconds(15), retryDelay: Duration = .milliseconds(2),
        _ configure: (inout WorkerSettings) -> Void = { _ in }
    ) -> WorkerSettings {
        let retry = RetryPolicy(delays: [.zero, retryDelay], jitter: 0, maximumRetryAfter: .seconds(60))
        var settings = WorkerSettings(
            database: configuration, tables: tables, engine: EngineSettings(lease: lease, retry: retry), sharedLanes: 2,
            pollInterval: .milliseconds(5)...(.milliseconds(20)), shutdownGrace: .milliseconds(200))
        configure(&settings)
        return settings
    }

    /// Runs a daemon while `body` runs, then stops it in order.
    public func withWorker<Result>(
        _ subscriptions: CurrentSubscriptions, settings: WorkerSettings? = nil,
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        let worker = Worker(
            WorkerContext(
                settings: settings ?? self.settings(), subscriptions: subscriptions, directory: nil, logger: .quiet))
        let group = ServiceGroup(services: [worker], logger: .quiet)
        let running = Task { try await group.run() }
        do {
            let result = try await body()
            await group.triggerGracefulShutdown()
            try await running.value
            return result
        } catch {
            await group.triggerGracefulShutdown()
            _ = await running.result
            throw error
        }
    }
}

extension CurrentSubscriptions {
    /// Every event goes to each of `listeners`.
    public convenience init(
        everything listeners: [String: any Listener], timeout: Duration = .seconds(10), maximumInFlight: Int = 8
    ) {
        self.init(
            Subscriptions(
                listeners: listeners.map { name, listener in
                    RegisteredListener(
                        name: name, type: "memory", listener: listener, timeout: timeout,
                        maximumInFlight: maximumInFlight)
                },
                events: ["*": listeners.keys.sorted()]))
    }
}

extension Logger {
    /// Says nothing.
    public static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
