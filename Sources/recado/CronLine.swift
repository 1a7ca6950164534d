import ArgumentParser
import EventWorker
import RecadoServer

/// What `process_events` is told, and how it runs.
struct CronLine: Equatable {
    var limit = 10
    var isQuiet = false
    var config: String?

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let summary = try await Installation.load(path: config).processEvents(limit: limit)
        guard summary.events > 0 || !isQuiet else { return }
        let milliseconds = (clock.now - start) / .milliseconds(1)
        var parts = [
            "\(summary.delivered) delivered", "\(summary.retried) to be retried", "\(summary.dead) failed for good",
        ]
        if summary.invalid > 0 { parts.append("\(summary.invalid) not JSON") }
        print("\(summary.events) events: \(parts.joined(separator: ", ")) (\(Int(milliseconds)) ms)")
    }
}

extension CronLine {
    /// Reads a command line as a crontab has it: `process_events [N] [--quiet] [--config FILE]`, in any order.
    ///
    /// The argument parser finds its way by reflection through every command, which is a quarter of what a run on an empty queue
    /// costs, every minute. Whatever is not plainly this line is nil here and left to it, mistakes and their messages included.
    init?(_ arguments: some Sequence<String>) {
        var words = arguments.makeIterator()
        guard words.next() == ProcessEvents.configuration.commandName else { return nil }
        var limit: Int?
        while let word = words.next() {
            switch word {
            case "--quiet" where !isQuiet:
                isQuiet = true
            case "--config" where config == nil:
                guard let file = words.next(), !file.hasPrefix("-") else { return nil }
                config = file
            default:
                guard limit == nil, !word.hasPrefix("-"), let number = Int(word), number > 0 else { return nil }
                limit = number
            }
        }
        self.limit = limit ?? self.limit
    }
}
