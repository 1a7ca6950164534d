import MariaDBClient

/// `IN (...)` lists in a few fixed lengths, so that few statements are ever prepared: shorter lists repeat their last value.
enum IdentifierList {
    static let maximumLength = 512
    private static let lengths = [1, 8, 64, 512]

    /// Splits `values` into lists that one statement each can take.
    static func chunks<Value>(of values: [Value]) -> [[Value]] {
        stride(from: 0, to: values.count, by: maximumLength).map {
            padded(Array(values[$0..<min($0 + maximumLength, values.count)]))
        }
    }

    /// As many question marks as `list` has values.
    static func placeholders(_ count: Int) -> String {
        String(repeating: "?,", count: count - 1) + "?"
    }

    /// The length that a list of `count` values is padded to.
    static func paddedLength(_ count: Int) -> Int {
        lengths.first { $0 >= count } ?? maximumLength
    }

    private static func padded<Value>(_ values: [Value]) -> [Value] {
        guard let last = values.last else { return values }
        return values + Array(repeating: last, count: paddedLength(values.count) - values.count)
    }
}

extension Connection {
    /// Runs `sql(placeholders)` for each part of `identifiers`, after `leading` parameters.
    ///
    /// - Returns: how many rows were changed.
    @discardableResult
    func forEachList(
        of identifiers: [Int64], leading: [Parameter] = [], sql: (String) -> String,
        _ body: (borrowing Row) throws -> Void = { _ in }
    ) throws -> Int {
        var changed = 0
        for chunk in IdentifierList.chunks(of: identifiers) {
            changed += try query(
                sql(IdentifierList.placeholders(chunk.count)), leading + chunk.map { .integer($0) }, body)
        }
        return changed
    }
}
