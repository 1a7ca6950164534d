import CurlClient
import EventModel
import FoundationEssentials
import Logging

/// An event of 2026-08-20 10:00:00.123 UTC.
func makeEvent(
    name: String = "a.b", payload: String, instance: String? = nil, tenant: String? = nil, requestID: String? = nil
) -> Event {
    Event(
        id: 1, uuid: "0191d0c4-0000-7000-8000-000000000001", name: name, payload: Array(payload.utf8),
        instance: instance, tenant: tenant, sequenceNumber: 42, requestID: requestID,
        acceptedAt: Date(timeIntervalSince1970: 1_787_220_000.123))
}

func withClient<Result>(_ body: (CurlClient) async throws -> Result) async throws -> Result {
    let client = CurlClient(logger: Logger(label: "test"))
    do {
        let result = try await body(client)
        await client.shutdown()
        return result
    } catch {
        await client.shutdown()
        throw error
    }
}
