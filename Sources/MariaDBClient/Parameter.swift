/// A value for a `?` of a prepared statement.
public enum Parameter: Sendable, Equatable {
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
    case null

    /// A text, or NULL.
    public static func text(_ value: String?) -> Parameter {
        value.map { .text($0) } ?? .null
    }

    public static func integer(_ value: Int) -> Parameter { .integer(Int64(value)) }
}

/// The values of one `?` for all rows of a bulk statement.
public enum ParameterColumn: Sendable {
    case integers([Int64])
    case texts([String?])
    case bytes([[UInt8]])

    var count: Int {
        switch self {
        case .integers(let values): values.count
        case .texts(let values): values.count
        case .bytes(let values): values.count
        }
    }
}
