import ArgumentParser
import EventQueue
import RecadoServer

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "How the queue stands, and who works on it.")

    @Flag(help: "As JSON.")
    var json = false

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        let operating = Operator(try options.load())
        let status = try await operating.status()
        let workers = try await operating.workers { try $0.list(limit: 20, on: $1) }
        if json {
            try Output.json(StatusReport(status: status, workers: workers))
            return
        }
        Output.table([
            ["pending", "\(status.pending)"],
            ["scheduled", "\(status.scheduled)"],
            ["processing", "\(status.processing)"],
            ["to be retried", "\(status.retrying)"],
            ["failed for good", status.failed > 0 ? Output.coloured("\(status.failed)", .red) : "0"],
            ["  never routed", status.unroutable > 0 ? Output.coloured("\(status.unroutable)", .red) : "0"],
            ["dead letters", status.deadLetters > 0 ? Output.coloured("\(status.deadLetters)", .red) : "0"],
            ["oldest", "\(status.oldestSeconds) s"],
            ["active lanes", "\(status.activeLanes)"],
        ])
        print()
        guard !workers.isEmpty else {
            print("No worker has run yet: recado process_events, or recado work.")
            return
        }
        Output.table(
            [["WORKER", "KIND", "HOST", "PID", "SEEN", "DID"]]
                + workers.map { worker in
                    [
                        "\(worker.id)", worker.kind, worker.host, "\(worker.processID)",
                        "\(worker.secondsSinceSeen) s ago",
                        worker.summary,
                    ]
                })
    }
}

private struct StatusReport: Encodable {
    struct Worker: Encodable {
        let id: Int64
        let kind: String
        let host: String
        let pid: Int
        let seconds_since_seen: Int64
        let summary: String
    }

    let pending, scheduled, processing, retrying, failed, unroutable, dead_letters, oldest_seconds, active_lanes: Int64
    let workers: [Worker]

    init(status: QueueStatus, workers: [WorkerRegistry.Entry]) {
        pending = status.pending
        scheduled = status.scheduled
        processing = status.processing
        retrying = status.retrying
        failed = status.failed
        unroutable = status.unroutable
        dead_letters = status.deadLetters
        oldest_seconds = status.oldestSeconds
        active_lanes = status.activeLanes
        self.workers = workers.map {
            Worker(
                id: $0.id, kind: $0.kind, host: $0.host, pid: $0.processID, seconds_since_seen: $0.secondsSinceSeen,
                summary: $0.summary)
        }
    }
}
