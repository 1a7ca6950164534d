import CMariaDB

/// A row while it is being read: valid inside the closure that received it, and copied out of by its accessors.
///
/// Columns are counted from 0.
public struct Row: ~Copyable {
    /// Where the columns are: a prepared statement gives integers as integers and the rest as text, a script everything as text.
    enum Source {
        case prepared(UnsafeMutablePointer<MYSQL_STMT>, ResultBuffers)
        case text(UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, lengths: UnsafeMutablePointer<UInt>)
    }

    let source: Source

    public func isNull(_ column: Int) -> Bool {
        switch source {
        case .prepared(_, let buffers): buffers.nulls[column] != 0
        case .text(let columns, _): columns[column] == nil
        }
    }

    /// An integer; 0 where it is NULL.
    public func integer(_ column: Int) -> Int64 {
        guard !isNull(column) else { return 0 }
        if case .prepared(_, let buffers) = source, let integer = buffers.integer(column) { return integer }
        return withBytes(column, Self.integer)
    }

    /// The integer that decimal digits say; 0 where they say none.
    private static func integer(_ digits: UnsafeRawBufferPointer) -> Int64 {
        let isNegative = digits.first == UInt8(ascii: "-")
        var value: Int64 = 0
        for byte in digits.dropFirst(isNegative ? 1 : 0) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return 0 }
            // Towards the negative side, which reaches one further.
            let (tens, isTooLong) = value.multipliedReportingOverflow(by: 10)
            let (next, isTooLarge) = tens.subtractingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !isTooLong, !isTooLarge else { return 0 }
            value = next
        }
        return isNegative ? value : value == .min ? 0 : -value
    }

    /// A text; nil where it is NULL.
    public func optionalText(_ column: Int) -> String? {
        isNull(column) ? nil : withBytes(column) { String(decoding: $0, as: UTF8.self) }
    }

    /// A text; empty where it is NULL.
    public func text(_ column: Int) -> String {
        optionalText(column) ?? ""
    }

    /// The bytes of a text; empty where it is NULL.
    public func bytes(_ column: Int) -> [UInt8] {
        isNull(column) ? [] : withBytes(column) { Array($0) }
    }

    private func withBytes<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch source {
        case .prepared(let handle, let buffers): buffers.withBytes(column, of: handle, body)
        case .text(let columns, let lengths):
            body(UnsafeRawBufferPointer(start: columns[column], count: Int(lengths[column])))
        }
    }
}
