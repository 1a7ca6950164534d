public import ListenerKit

/// `type: discard`: takes every delivery and does nothing with it.
public struct DiscardTransport: Transport {
    public let type = "discard"
    public let summary = "Takes every event and does nothing with it."
    public let settings: [Setting] = []

    public init() {}

    public func makeListener(name: String, settings: SettingValues) throws -> any Listener { DiscardListener() }
}

struct DiscardListener: Listener {
    func deliver(_ delivery: Delivery) async -> Outcome { .delivered() }
}
