public import EventQueue
public import ListenerKit

/// "Where is my message?", as JSON: the same text for HTTP and for the command line.
public enum EventReport {
    public static func json(_ state: EventLookup.State, subscriptions: Subscriptions) throws -> String {
        try EventAnswer(state, subscriptions: subscriptions).json()
    }
}
