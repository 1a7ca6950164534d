import FoundationEssentials
import TestServers

/// Calls a web server by the program curl, which has nothing in common with Recado's own client.
enum Curl {
    struct Answer {
        let status: Int
        /// By lower-case name.
        let headers: [String: String]
        let body: String

        /// A value of the JSON object that the body is; nil where it is none, or has no such text.
        func text(_ path: String...) -> String? {
            var value = try? JSONDecoder().decode(JSONValue.self, from: Data(body.utf8))
            for name in path { value = value?[name] }
            if case .text(let text)? = value { return text }
            return nil
        }
    }

    /// Posts `body`.
    static func post(
        _ url: String, _ body: String, key: String? = Site.key, headers: [String] = []
    ) async throws -> Answer {
        // Without "Expect", whose interim answer would stand before the real one.
        let arguments = ["--header", "Expect:", "--header", "Content-Type: application/json", "--data-binary", "@-"]
        return try await call(url, arguments, body: body, key: key, headers: headers)
    }

    static func get(_ url: String, key: String? = Site.key) async throws -> Answer {
        try await call(url, [], body: "", key: key, headers: [])
    }

    private static func call(
        _ url: String, _ options: [String], body: String, key: String?, headers: [String]
    ) async throws -> Answer {
        var arguments = ["--silent", "--show-error", "--include", "--max-time", "20"] + options
        if let key { arguments += ["--header", "Authorization: Bearer \(key)"] }
        for header in headers { arguments += ["--header", header] }
        let program = try await FinishedProgram.run("curl", arguments + [url], input: body)
        guard program.status == 0 else { throw ServerError("curl: \(program.output)") }
        let parts = program.output.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        guard parts.count == 2, let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw ServerError("No HTTP: \(program.output)") }
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        return Answer(
            status: status, headers: Dictionary(fields) { first, _ in first }, body: String(parts[1]))
    }
}

/// Any JSON, as far as these tests look into it.
enum JSONValue: Decodable {
    case text(String), object([String: JSONValue]), other

    init(from decoder: any Decoder) throws {
        if let object = try? [String: JSONValue](from: decoder) {
            self = .object(object)
        } else if let text = try? String(from: decoder) {
            self = .text(text)
        } else {
            self = .other
        }
    }

    subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }
}
