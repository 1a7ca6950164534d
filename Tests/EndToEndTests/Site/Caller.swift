import CurlClient
import Logging

/// Calls Recado as an app does, over connections that are kept.
enum Caller {
    private static let client = CurlClient(
        configuration: .init(maxConnectionsPerHost: 16), logger: Logger(label: "end-to-end"))

    /// Posts to an address. Nil where no whole answer came.
    static func post(
        _ url: String, _ body: String, type: String = "application/json"
    ) async -> (status: Int, body: String)? {
        let request = HTTPRequest(
            url: url, headers: [("Authorization", "Bearer \(Site.key)"), ("Content-Type", type)],
            body: Array(body.utf8), maxResponseBytes: 8 << 20, allowsPrivateAddresses: true)
        guard case .success(let answer) = await client.perform(request), answer.isComplete else { return nil }
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }
}
