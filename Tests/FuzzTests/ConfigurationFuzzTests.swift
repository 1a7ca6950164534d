import CurlClient
import EmailListener
import ExecListener
import ListenerKit
import Logging
import Testing
import WebhookListener

@testable import ServerConfiguration

@Suite struct ConfigurationFuzzTests {
    private static let transports: [any Transport] = {
        let client = CurlClient(logger: Logger(label: "test"))
        return [
            WebhookTransport(client: client), ExecTransport(),
            EmailTransport(client: client, templatesDirectory: "templates"),
        ]
    }()

    @Test func `a file is taken, or its mistakes are named with their places`() throws {
        try Fuzz.run("config") { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
            do {
                let configuration = try Self.read(text)
                var problems: [ConfigurationProblem] = []
                let shown = configuration.masked(transports: Self.transports)
                guard try YAMLReader.document(shown, file: "shown", environment: [:], problems: &problems) != nil,
                    problems.isEmpty
                else { return "what is shown is no configuration:\n\(shown)" }
            } catch let error as ConfigurationError {
                if error.problems.isEmpty { return "refused without a reason" }
                // An end that comes too soon is found in the line behind the last.
                let lines = text.unicodeScalars.count { Self.lineEnds.contains($0) } + 2
                for problem in error.problems {
                    guard case .file("recado.yaml", line: 1...lines, column: 1...) = problem.place else {
                        return "refused without a place in the file: \(problem)"
                    }
                }
            }
            return nil
        }
    }

    @Test func `values come back as they were written`() throws {
        var seen: Set<String> = []
        try Fuzz.run("config") { bytes in
            for word in String(decoding: bytes, as: UTF8.self).split(whereSeparator: { " ,\n[]{}".contains($0) }) {
                let word = String(word)
                guard seen.insert(word).inserted else { continue }
                if let duration = DurationText.parse(word),
                    duration.components.attoseconds % 1_000_000_000_000_000 == 0,
                    DurationText.parse(DurationText.write(duration)) != duration
                {
                    return "the duration \(word) becomes \(DurationText.write(duration))"
                }
                if let size = SizeText.parse(word), SizeText.parse(SizeText.write(size)) != size {
                    return "the size \(word) becomes \(SizeText.write(size))"
                }
                if let address = ListeningAddress(word), ListeningAddress(address.description) != address {
                    return "the address \(word) becomes \(address)"
                }
                if let delay = RetryAfter.delay(word), !(.zero...RetryAfter.maximum).contains(delay) {
                    return "\(word) waits for \(delay)"
                }
                guard word.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { continue }
                let place = ConfigurationPlace.defaults
                guard
                    case .list(let items)? = try? YAMLReader.value(
                        of: "[\(YAMLText.flow(word))]", key: "", place: place)?.content,
                    case .scalar(let text, _)? = items.first?.content,
                    try VariableText.expand(text, environment: [:]) == word
                else { return "the word \(word) does not come back from \(YAMLText.flow(word))" }
            }
            return nil
        }
    }

    /// Where YAML begins a new line.
    private static let lineEnds: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]

    private static func read(_ text: String) throws -> ServerConfiguration {
        try ServerConfiguration.read(text, file: "recado.yaml", environment: ["HOME": "/root"], transports: transports)
    }
}
