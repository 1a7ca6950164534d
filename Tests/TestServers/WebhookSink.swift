import FoundationEssentials

/// A receiver of webhooks that writes down every request and answers as it is told.
///
/// How it answers stands in the query of the URL it is called by, or is set by ``answer(_:)``:
///
///     status=500,500,200   the first requests' answers in turn, the last one for all others; 0 closes without an answer
///     delay=0.2            seconds before the answer
///     hang=1               no answer at all, the connection stays open
///     fail=0.3&seed=7      this share of requests fails with fail_status (500), the same ones for the same seed
///     retry_after=2        a Retry-After header on every answer that is not 2xx
///     body=text            the answer's body
///
/// Without any of that it answers 200 at once.
public struct WebhookSink: Sendable {
    /// Its port on 127.0.0.1.
    public let port: Int
    /// The authority that signed its certificate, a PEM file; nil where it speaks plain HTTP.
    public let certificatePath: String?
    private let directory: String

    /// Starts a sink, runs `body`, and stops it.
    public static func with<Result>(
        tls: Bool = false, isolation: isolated (any Actor)? = #isolation, _ body: (WebhookSink) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let certificate = tls ? try await Certificate.make(in: directory) : nil
            let arguments = certificate.map { ["--certificate", $0.path, "--key", $0.keyPath] } ?? []
            return try await SinkProgram.with(
                script: "webhook_sink.py", directory: directory, arguments: arguments
            ) { port in
                try await body(WebhookSink(port: port, certificatePath: certificate?.path, directory: directory))
            }
        }
    }

    /// The address of a path, such as `/hook?status=500,200`.
    public func url(_ path: String) -> String {
        "\(certificatePath == nil ? "http" : "https")://127.0.0.1:\(port)\(path)"
    }

    /// Says how paths are answered from now on, whatever the query says: `["/hook": "status=503&retry_after=1"]`.
    /// It replaces what was said before.
    public func answer(_ answers: [String: String]) throws {
        try SinkProgram.control(answers, in: directory)
    }

    /// Everything that has come so far, in order of arrival.
    public func received(on path: String? = nil) throws -> [ReceivedRequest] {
        let decoder = JSONDecoder()
        return try lines().map { try decoder.decode(ReceivedRequest.self, from: $0) }
            .filter { path == nil || $0.path == path }
    }

    /// Waits until at least `count` requests have come, and returns all.
    ///
    /// - Throws: ``ServerError`` where they do not come within `limit`.
    public func waitForRequests(
        count: Int, on path: String? = nil, within limit: Duration = .seconds(20)
    ) async throws -> [ReceivedRequest] {
        var requests: [ReceivedRequest] = []
        try await waitUntil("\(count) requests have come", within: limit) {
            // Counting lines is cheap, decoding thousands every 10 ms is not.
            guard lines().count >= count else { return false }
            requests = try received(on: path)
            return requests.count >= count
        }
        return requests
    }

    /// The lines that are whole; what follows the last line feed is still being written.
    private func lines() -> ArraySlice<Data> {
        let content = FileManager.default.contents(atPath: "\(directory)/requests.jsonl") ?? Data()
        return content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    }
}
