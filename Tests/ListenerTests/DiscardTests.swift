import DiscardListener
import ListenerKit
import Testing

@Suite struct DiscardTests {
    @Test func `whatever comes is delivered`() async throws {
        let listener = try DiscardTransport().makeListener(name: "nobody", settings: SettingValues([:]))
        let delivery = Delivery(
            event: makeEvent(payload: "{}"), listener: "nobody", attempt: 1, maxAttempts: 3, timeout: .seconds(1))
        #expect(await listener.deliver(delivery) == .delivered())
    }
}
