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
        return Int64(text(column)) ?? 0
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
