/// Statements that are sent together and run one after another, so that several cost one round trip. The first one that fails ends
/// the script.
///
/// They are no prepared statements, but values get in only as 64-bit integers and as the hexadecimal digits of text: there is
/// nothing to escape.
public struct Script: Sendable {
    public enum Value: Sendable {
        case integer(Int64)
        /// `1,2,3`, for an IN list. Not empty.
        case list([Int64])
        /// `(id BETWEEN 1 AND 99 OR id IN (120,130))`, a condition on a column of integers. Not empty. The server reads neighbours in one go
        /// for half of what it costs to look each of them up. Not for SELECT ... FOR UPDATE, which would wait for whoever has locked the row
        /// behind such a run; an UPDATE under READ COMMITTED does not (MariaDB calls it a semi-consistent read).
        case among(column: StaticString, [Int64])
        /// `(1,2),(3,4)`, for the VALUES of two columns. Not empty.
        case pairs([(Int64, Int64)])
        case text(String)
        /// `(1,'a'),(2,'b')`, for VALUES. Not empty.
        case rows([[Value]])

        public static func integer(_ value: Int) -> Value { .integer(Int64(value)) }
    }

    private(set) var text: [UInt8] = []
    /// How many statements there are.
    public private(set) var count = 0

    public init() {}

    /// Adds a statement, whose `?` stand for `values`.
    public mutating func add(_ sql: String, _ values: Value...) {
        add(sql, values)
    }

    public mutating func add(_ sql: String, _ values: [Value]) {
        if count > 0 { text.append(UInt8(ascii: ";")) }
        count += 1
        var rest = values[...]
        for byte in sql.utf8 {
            if byte == UInt8(ascii: "?") {
                guard let value = rest.popFirst() else { preconditionFailure("too few values for: \(sql)") }
                append(value)
            } else {
                text.append(byte)
            }
        }
        precondition(rest.isEmpty, "too many values for: \(sql)")
    }

    private mutating func append(_ value: Value) {
        switch value {
        case .integer(let integer): append(integer)
        case .list(let list): append(list) { $0.append($1) }
        case .among(let column, let values): append(column, among: values)
        case .pairs(let pairs):
            append(pairs) { script, pair in
                script.text.append(UInt8(ascii: "("))
                script.append(pair.0)
                script.text.append(UInt8(ascii: ","))
                script.append(pair.1)
                script.text.append(UInt8(ascii: ")"))
            }
        case .text(let text): append(text)
        case .rows(let rows):
            append(rows) { script, row in
                script.text.append(UInt8(ascii: "("))
                script.append(row) { $0.append($1) }
                script.text.append(UInt8(ascii: ")"))
            }
        }
    }

    private mutating func append(_ column: StaticString, among values: [Int64]) {
        let name = column.withUTF8Buffer { Array($0) }
        let (runs, others) = Self.runs(of: values)
        text.append(UInt8(ascii: "("))
        for (index, run) in runs.enumerated() {
            if index > 0 { text.append(contentsOf: " OR ".utf8) }
            text.append(contentsOf: name + Array(" BETWEEN ".utf8))
            append(run.lowerBound)
            text.append(contentsOf: " AND ".utf8)
            append(run.upperBound)
        }
        if runs.isEmpty || !others.isEmpty {
            if !runs.isEmpty { text.append(contentsOf: " OR ".utf8) }
            text.append(contentsOf: name + Array(" IN (".utf8))
            append(others) { $0.append($1) }
            text.append(UInt8(ascii: ")"))
        }
        text.append(UInt8(ascii: ")"))
    }

    /// Short runs are not worth a condition of their own.
    private static let shortestRun = 8

    /// Long runs of neighbours, and what is in none.
    private static func runs(of values: [Int64]) -> (runs: [ClosedRange<Int64>], others: [Int64]) {
        let values = values.sorted()
        var runs: [ClosedRange<Int64>] = []
        var others: [Int64] = []
        var start = 0
        for index in values.indices where index + 1 == values.count || values[index + 1] - 1 > values[index] {
            if index - start + 1 >= shortestRun {
                runs.append(values[start]...values[index])
            } else {
                others.append(contentsOf: values[start...index])
            }
            start = index + 1
        }
        return (runs, others)
    }

    /// With its character set, so that it is compared as text and not as bytes.
    private mutating func append(_ string: String) {
        text.append(contentsOf: "_utf8mb4 X'".utf8)
        for byte in string.utf8 {
            text.append(Self.digits[Int(byte >> 4)])
            text.append(Self.digits[Int(byte & 15)])
        }
        text.append(UInt8(ascii: "'"))
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private mutating func append<Element>(_ list: [Element], _ appendOne: (inout Script, Element) -> Void) {
        precondition(!list.isEmpty, "an empty list is no SQL")
        for (index, element) in list.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            appendOne(&self, element)
        }
    }

    private mutating func append(_ integer: Int64) {
        text.append(contentsOf: String(integer).utf8)
    }
}
