import ArgumentParser
import Dispatching
import EventModel
import EventQueue
import Glibc
import RecadoServer
import ServerConfiguration

struct Dispatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispatch",
        abstract: "Dispatches an event, straight into the database.")

    @Argument(help: "The event's name.")
    var event: String

    @Option(help: "The payload, JSON. Default: read from standard input.")
    var payload: String?

    @Option var instance: String?
    @Option var tenant: String?
    @Option var orderingKey: String?
    @Option var maxAttempts: Int?
    @Option var idempotencyKey: String?

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        let installation = try options.load()
        let bytes = try payload.map { Array($0.utf8) } ?? Self.standardInput()
        if let problem = JSONSlices.problem(in: bytes) { throw ValidationError("The payload is not JSON: \(problem).") }
        do {
            switch try await Operator(installation).dispatch(body(payload: bytes)) {
            case .accepted(let id, let uuid, let status), .repeated(let id, let uuid, let status):
                print("{\"id\":\(id),\"uuid\":\"\(uuid)\",\"status\":\"\(status)\"}")
            case .conflicting:
                throw CommandFailure("This idempotency key was used for another event.")
            }
        } catch let refusal as ErrorAnswer {
            throw ValidationError(refusal.message)
        }
    }

    /// What an app would send.
    private func body(payload: [UInt8]) -> [UInt8] {
        let texts: KeyValuePairs = [
            "event": event, "instance": instance, "tenant": tenant, "ordering_key": orderingKey,
            "idempotency_key": idempotencyKey,
        ]
        var members = texts.compactMap { name, text in text.map { "\"\(name)\":\(JSONText.quoted($0))" } }
        if let maxAttempts { members.append("\"max_attempts\":\(maxAttempts)") }
        return Array("{\(members.joined(separator: ",")),\"payload\":".utf8) + payload + Array("}".utf8)
    }

    private static func standardInput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
