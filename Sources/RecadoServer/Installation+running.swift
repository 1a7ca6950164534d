public import EventWorker
import Logging
import Neighbours
import ServerConfiguration
import ServiceLifecycle
import UnixSignals

extension Installation {
    /// `recado serve`: accepts until SIGTERM or SIGINT, then finishes what is in flight.
    public func serve() async throws {
        let responder = try Responder(self, directory: runtimeDirectory())
        try await run([ReloadService(installation: self)] + responder.services)
        await responder.finish()
        await clients.shutdown()
    }

    /// `recado work`: delivers until SIGTERM or SIGINT, then finishes or puts back what is in flight.
    public func work() async throws {
        let worker = Worker(workerContext(directory: runtimeDirectory()))
        try await run([ReloadService(installation: self), worker])
        await clients.shutdown()
    }

    /// Responder and worker in one process, for `recado dev`.
    public func serveAndWork() async throws {
        let directory = runtimeDirectory()
        let responder = try Responder(self, directory: directory)
        let worker = Worker(workerContext(directory: directory))
        try await run([ReloadService(installation: self), worker] + responder.services)
        await responder.finish()
        await clients.shutdown()
    }

    /// `recado process_events`: one run over at most `limit` events. SIGTERM and SIGINT end it early, in order.
    public func processEvents(limit: Int) async throws -> CronRun.Summary {
        let run = CronRun(workerContext(directory: runtimeDirectory()))
        let running = Task { try await run.run(limit: limit) }
        // Neither waits for the other. A signal before its time ends the process, which loses nothing either.
        let signals = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { running.cancel() }
        }
        defer { signals.cancel() }
        return try await running.value
    }

    /// - Parameter shutdownGrace: how long what is under way may take when it stops; that of a worker where nil.
    func workerContext(
        directory: Neighbours.RuntimeDirectory?, shutdownGrace: Duration? = nil
    ) -> WorkerContext {
        var settings = workerSettings
        settings.shutdownGrace = shutdownGrace ?? settings.shutdownGrace
        return WorkerContext(settings: settings, subscriptions: subscriptions, directory: directory, logger: logger)
    }

    private func run(_ services: [any Service]) async throws {
        // It describes the services, with all that they hold, and says nothing else of interest there.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .info)
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration =
            max(self.configuration.server.shutdownGrace, self.configuration.worker.shutdownGrace) + .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
    }
}
