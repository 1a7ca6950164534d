/// The rules of event names. Names are opaque to the queue; spelling variants of one name compare equal.
public enum EventName {
    /// The longest accepted name, in characters: the width of `event_queue.event_name`.
    public static let maximumLength = 100

    /// The wildcard that stands for every event in `event_listeners`.
    public static let wildcard = "*"

    /// Folds the spellings in use (`messages.upsert`, `messages-upsert`, `MESSAGES_UPSERT`) into one.
    public static func normalized(_ name: String) -> String {
        String(name.map { $0 == "." || $0 == "-" ? "_" : $0 }).uppercased()
    }
}
