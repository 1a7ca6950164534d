public import ArgumentParser
import EventModel
public import EventQueue
import Observability
import RecadoServer

struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq", abstract: "Dead letters: deliveries that failed for good.",
        subcommands: [List.self, Show.self, Replay.self, Discard.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists dead letters, the newest first.")

        @Option(help: "pending, replayed or discarded.")
        var status = DeadLetters.Status.pending

        @Option(help: "How many at the most.")
        var limit = 50

        @Flag(help: "As JSON.")
        var json = false

        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            let (status, limit) = (status, limit)
            let entries = try await Operator(try options.load()).deadLetters {
                try $0.list(status: status, limit: limit, on: $1)
            }
            if json {
                try Output.json(entries.map(DeadLetterReport.init))
            } else if entries.isEmpty {
                print("No dead letters.")
            } else {
                Output.table(
                    [["ID", "EVENT", "NAME", "LISTENER", "ATTEMPTS", "REASON", "MESSAGE"]]
                        + entries.map {
                            [
                                "\($0.id)", "\($0.eventID)", $0.eventName, $0.listener, "\($0.attempts)", $0.reason,
                                $0.message,
                            ].map(SafeText.line)
                        })
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows a dead letter with its payload and every attempt, as JSON.")

        @Argument var id: Int64

        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            let id = id
            let entry = try await Operator(try options.load()).deadLetters { try $0.show(id, on: $1) }
            guard let entry else { throw CommandFailure("There is no dead letter \(id).") }
            Output.json(DeadLetterReport(entry).text)
        }
    }

    /// Which dead letters a command is for.
    struct Selection: ParsableArguments {
        @Argument(help: "A dead letter's id.")
        var id: Int64?

        @Flag(help: "All that nobody has dealt with.")
        var all = false

        @Option(help: "With --all: how many at the most, the oldest first.")
        var limit = 500

        func validate() throws {
            guard all != (id != nil) else { throw ValidationError("Name an id, or say --all.") }
        }

        var selection: DeadLetters.Selection { id.map { .entry($0) } ?? .pending(limit: limit) }

        /// Who has named one that is not there to be dealt with is told so.
        func check(_ count: Int) throws {
            guard let id, count == 0 else { return }
            throw CommandFailure("There is no dead letter \(id) that can be dealt with: see recado dlq show \(id).")
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Delivers dead letters again, with all attempts before them.")

        @OptionGroup var selection: Selection
        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            let chosen = selection.selection
            let operating = Operator(try options.load())
            let listeners = operating.deliveringListeners
            let (count, left) = try await operating.deadLetters {
                (try $0.replay(chosen, to: listeners, on: $1), try $0.listeners(of: chosen, on: $1))
            }
            let missing = left.subtracting(listeners).sorted().joined(separator: ", ")
            if count == 0, !missing.isEmpty {
                throw CommandFailure("Nothing was put back: the configuration has no enabled listener \(missing).")
            }
            try selection.check(count)
            print("\(count) put back into their lanes")
            if !missing.isEmpty { print("Those for \(missing) stay: the configuration has no such enabled listener.") }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard", abstract: "Gives dead letters up.")

        @OptionGroup var selection: Selection
        @OptionGroup var options: ConfigurationOption

        func run() async throws {
            let chosen = selection.selection
            let count = try await Operator(try options.load()).deadLetters { try $0.discard(chosen, on: $1) }
            try selection.check(count)
            print("\(count) discarded")
        }
    }
}

extension DeadLetters.Status: ExpressibleByArgument {}

private struct DeadLetterReport: Encodable {
    let id: Int64
    let event_id: Int64
    let uuid: String
    let listener: String
    let event: String
    let reason: String
    let message: String
    let attempts: Int
    let status: String
    let created_at: String
    private let payload: String?
    private let history: String?

    private enum CodingKeys: CodingKey {
        case id, event_id, uuid, listener, event, reason, message, attempts, status, created_at
    }

    init(_ entry: DeadLetters.Entry) {
        id = entry.id
        event_id = entry.eventID
        uuid = entry.uuid
        listener = entry.listener
        event = entry.eventName
        reason = entry.reason
        message = entry.message
        attempts = entry.attempts
        status = entry.status
        created_at = entry.createdAt
        payload = entry.payload
        history = entry.history
    }

    /// One JSON object. Payload and history are JSON already and are set in as they are.
    var text: String {
        """
        {"id":\(id),"event_id":\(event_id),"uuid":\(JSONText.quoted(uuid)),"listener":\(JSONText.quoted(listener)),\
        "event":\(JSONText.quoted(event)),"reason":\(JSONText.quoted(reason)),"message":\(JSONText.quoted(message)),\
        "attempts":\(attempts),"status":\(JSONText.quoted(status)),"created_at":\(JSONText.quoted(created_at)),\
        "payload":\(payload ?? "null"),"history":\(history ?? "[]")}
        """
    }
}
