import CurlClient
import Logging
import LoopbackServers

/// A client for one test; `shutdown()` must follow.
func makeClient(_ configuration: CurlClient.Configuration = CurlClient.Configuration()) -> CurlClient {
    CurlClient(configuration: configuration, logger: Logger(label: "test"))
}

func withClient(
    _ configuration: CurlClient.Configuration = CurlClient.Configuration(),
    _ body: (CurlClient) async throws -> Void
) async throws {
    let client = makeClient(configuration)
    do {
        try await body(client)
        await client.shutdown()
    } catch {
        await client.shutdown()
        throw error
    }
}

/// Sends `request` to a server that plays `script`.
func exchange(
    _ request: HTTPRequest, _ script: @escaping @Sendable (Connection) -> Void
) async throws -> HTTPResponse {
    let server = LoopbackServer(script: script)
    defer { server.stop() }
    var request = request
    request.url = "http://127.0.0.1:\(server.port)/hook"
    request.allowsPrivateAddresses = true
    let client = makeClient()
    let answer = await client.perform(request)
    await client.shutdown()
    return try answer.get()
}

/// The error of `request` to a server that plays `script`.
func failure(_ request: HTTPRequest, _ script: @escaping @Sendable (Connection) -> Void) async -> TransferError? {
    do {
        _ = try await exchange(request, script)
        return nil
    } catch {
        return error as? TransferError
    }
}

extension HTTPRequest {
    /// A request that may go to the loopback address.
    static func `private`(_ url: String) -> HTTPRequest {
        HTTPRequest(url: url, allowsPrivateAddresses: true)
    }
}

extension Result where Failure == TransferError {
    var error: TransferError? {
        if case .failure(let error) = self { error } else { nil }
    }
}
