/// What a script is sent as.
struct ScriptText {
    private(set) var bytes: [UInt8] = []

    /// Adds a statement of the program's own, without values.
    mutating func add(_ sql: String) {
        begin()
        append(sql)
    }

    /// Adds a statement with its values in it.
    mutating func add(_ statement: Script.Statement) {
        begin()
        var rest = statement.values[...]
        for byte in statement.sql.utf8 {
            if byte == UInt8(ascii: "?") {
                guard let value = rest.popFirst() else { preconditionFailure("too few values for: \(statement.sql)") }
                append(value)
            } else {
                bytes.append(byte)
            }
        }
        precondition(rest.isEmpty, "too many values for: \(statement.sql)")
    }

    /// Adds the execution of a statement that the server keeps as `name`.
    mutating func execute(_ name: String, _ values: [Script.Value]) {
        begin()
        append("EXECUTE ")
        append(name)
        guard !values.isEmpty else { return }
        append(" USING ")
        append(values) { $0.append($1) }
    }

    private mutating func begin() {
        if !bytes.isEmpty { append(";") }
    }

    private mutating func append(_ value: Script.Value) {
        switch value {
        case .integer(let integer): append(integer)
        case .list(let list): append(list) { $0.append($1) }
        case .among(let column, let values): append(column, among: values)
        case .pairs(let pairs):
            append(pairs) { text, pair in
                text.append("(")
                text.append(pair.0)
                text.append(",")
                text.append(pair.1)
                text.append(")")
            }
        case .text(let string): appendDigits(of: string)
        case .rows(let rows):
            append(rows) { text, row in
                text.append("(")
                text.append(row) { $0.append($1) }
                text.append(")")
            }
        }
    }

    private mutating func append(_ column: String, among values: [Int64]) {
        let (runs, others) = Self.runs(of: values)
        append("(")
        for run in runs {
            append(column)
            append(" BETWEEN ")
            append(run.lowerBound)
            append(" AND ")
            append(run.upperBound)
            append(" OR ")
        }
        append(column)
        append(" IN (")
        append(others) { $0.append($1) }
        append("))")
    }

    /// Short runs are not worth a condition of their own.
    private static let shortestRun = 8

    /// Long runs of neighbours without their last ones, and those with what is in no run.
    private static func runs(of values: [Int64]) -> (runs: [ClosedRange<Int64>], others: [Int64]) {
        let values = values.sorted()
        var runs: [ClosedRange<Int64>] = []
        var others: [Int64] = []
        var start = 0
        for index in values.indices where index + 1 == values.count || values[index + 1] - 1 > values[index] {
            if index - start + 1 >= shortestRun, values[start] < values[index] {
                runs.append(values[start]...values[index] - 1)
                start = index
            }
            others.append(contentsOf: values[start...index])
            start = index + 1
        }
        return (runs, others)
    }

    /// With its character set, so that it is compared as text and not as bytes.
    private mutating func appendDigits(of string: String) {
        append("_utf8mb4 X'")
        for byte in string.utf8 {
            bytes.append(Self.digits[Int(byte >> 4)])
            bytes.append(Self.digits[Int(byte & 15)])
        }
        append("'")
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private mutating func append<Element>(_ list: [Element], _ appendOne: (inout ScriptText, Element) -> Void) {
        precondition(!list.isEmpty, "an empty list is no SQL")
        for (index, element) in list.enumerated() {
            if index > 0 { append(",") }
            appendOne(&self, element)
        }
    }

    private mutating func append(_ integer: Int64) {
        append(String(integer))
    }

    private mutating func append(_ sql: String) {
        bytes.append(contentsOf: sql.utf8)
    }
}
