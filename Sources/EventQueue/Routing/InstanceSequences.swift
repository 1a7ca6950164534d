import EventModel
import MariaDBClient

/// Numbers the events of each instance, from 1 and without gaps.
struct InstanceSequences: Sendable {
    private let advanceSQL: String
    private let selectSQL: @Sendable (String) -> String

    init(tables: Tables) {
        advanceSQL = """
            INSERT INTO \(tables.sequences) (instance, current_sequence) VALUES (?, ?)
            ON DUPLICATE KEY UPDATE current_sequence = current_sequence + VALUES(current_sequence),
                last_event_at = UTC_TIMESTAMP(3)
            """
        selectSQL = { "SELECT instance, current_sequence FROM \(tables.sequences) WHERE instance IN (\($0))" }
    }

    /// The numbers for events of `instances`, in the order given; 0 for an event without an instance.
    func next(for instances: [String?], on connection: Connection) throws -> [Int64] {
        let counts = Dictionary(instances.compactMap { $0.map { (ExactText($0), Int64(1)) } }, uniquingKeysWith: +)
        guard !counts.isEmpty else { return instances.map { _ in 0 } }
        let names = counts.keys.sorted()
        try connection.bulk(advanceSQL, [.texts(names.map(\.text)), .integers(names.map { counts[$0] ?? 0 })])
        var last: [ExactText: Int64] = [:]
        for chunk in IdentifierList.chunks(of: names) {
            try connection.query(selectSQL(IdentifierList.placeholders(chunk.count)), chunk.map { .text($0.text) }) {
                last[ExactText($0.text(0))] = $0.integer(1)
            }
        }
        var next = last
        for (name, count) in counts { next[name] = (last[name] ?? count) - count + 1 }
        return instances.map { instance in
            guard let instance = instance.map(ExactText.init), let number = next[instance] else { return 0 }
            next[instance] = number + 1
            return number
        }
    }
}
