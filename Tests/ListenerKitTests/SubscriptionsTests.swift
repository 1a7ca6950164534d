import ListenerKit
import Testing

@Suite struct SubscriptionsTests {
    private struct Silent: Listener {
        func deliver(_ delivery: Delivery) async -> Outcome { .delivered() }
    }

    private func subscriptions(_ names: [String], disabled: Set<String> = [], _ events: [String: [String]])
        -> Subscriptions
    {
        Subscriptions(
            listeners: names.map {
                RegisteredListener(name: $0, type: "t", listener: Silent(), timeout: .seconds(1), maximumInFlight: 1)
            }, disabled: disabled, events: events)
    }

    @Test func `listeners of a name come before those of all, each once, in any spelling`() {
        let subscriptions = subscriptions(["a", "b", "c"], ["x.y": ["b", "a"], "*": ["c", "a"]])
        #expect(subscriptions.active(for: "X-Y") == ["b", "a", "c"])
        #expect(subscriptions.active(for: "other") == ["c", "a"])
    }

    @Test func `disabled listeners are registered and get nothing`() {
        let subscriptions = subscriptions(["a"], disabled: ["b"], ["x": ["a", "b"]])
        #expect(subscriptions.registered(for: "x") == ["a", "b"])
        #expect(subscriptions.active(for: "x") == ["a"])
        #expect(subscriptions.active(for: "y").isEmpty)
    }

    @Test func `a reload is in force for names that were asked for before`() {
        let current = CurrentSubscriptions(subscriptions(["a", "b"], ["x": ["a"]]))
        #expect(current.active(for: "x") == ["a"])
        current.replace(with: subscriptions(["a", "b"], ["x": ["b"]]))
        #expect(current.active(for: "x") == ["b"])
        for number in 0..<2500 { #expect(current.active(for: "name\(number)").isEmpty) }
        #expect(current.active(for: "x") == ["b"])
    }

    @Test func `settings are read by their type only`() {
        let values = SettingValues([
            "n": .integer(3), "s": .string("x"), "l": .list(["a"]), "d": .duration(.seconds(2)),
        ])
        #expect(values.integer("n") == 3)
        #expect(values.string("n") == nil)
        #expect(values.string("s") == "x")
        #expect(values.list("l") == ["a"])
        #expect(values.list("missing").isEmpty)
        #expect(values.map("missing").isEmpty)
        #expect(values.duration("d") == .seconds(2))
        #expect(values.boolean("n") == nil)
    }
}
