/// Statements that are sent together and run one after another, so that several cost one round trip. The first one that fails ends
/// the script.
///
/// Values get in only as 64-bit integers and as the hexadecimal digits of text: there is nothing to escape. What is repeated is
/// prepared (``RepeatedStatements``).
public struct Script: Sendable {
    public enum Value: Sendable {
        case integer(Int64)
        /// `1,2,3`, for an IN list. Not empty.
        case list([Int64])
        /// `(id BETWEEN 1 AND 98 OR id IN (99,120,130))`, a condition on a column of integers. Not empty. The server reads neighbours in one
        /// go for half of what it costs to look each of them up. It also reads the row behind them, and would wait for whoever has locked
        /// that: so the last of a run is looked up by itself, and the row behind the others is one of those that are meant.
        case among(column: String, [Int64])
        /// `(1,2),(3,4)`, for the VALUES of two columns. Not empty.
        case pairs([(Int64, Int64)])
        case text(String)
        /// `(1,'a'),(2,'b')`, for VALUES. Not empty.
        case rows([[Value]])

        public static func integer(_ value: Int) -> Value { .integer(Int64(value)) }
    }

    /// A statement, whose `?` stand for `values`.
    struct Statement: Sendable {
        let sql: String
        let values: [Value]
    }

    private(set) var statements: [Statement] = []
    /// How many statements there are.
    public var count: Int { statements.count }

    public init() {}

    /// Adds a statement, whose `?` stand for `values`.
    public mutating func add(_ sql: String, _ values: Value...) {
        add(sql, values)
    }

    public mutating func add(_ sql: String, _ values: [Value]) {
        statements.append(Statement(sql: sql, values: values))
    }
}
