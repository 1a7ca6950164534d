import CMariaDB

/// A row while it is being read: valid inside the closure that received it, and copied out of by its accessors.
///
/// Columns are counted from 0. Integers arrive as integers, everything else (texts, decimals, dates) as text.
public struct Row: ~Copyable {
    let handle: UnsafeMutablePointer<MYSQL_STMT>
    let buffers: ResultBuffers

    public func isNull(_ column: Int) -> Bool {
        buffers.nulls[column] != 0
    }

    /// An integer; 0 where it is NULL.
    public func integer(_ column: Int) -> Int64 {
        guard !isNull(column), let buffer = buffers.binds[column].buffer else { return 0 }
        if buffers.binds[column].buffer_type == MYSQL_TYPE_LONGLONG { return buffer.load(as: Int64.self) }
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
        let bind = buffers.binds + column
        if bind.pointee.buffer_type == MYSQL_TYPE_LONGLONG {
            return Array(String(integer(column)).utf8).withUnsafeBytes(body)
        }
        let length = Int(buffers.lengths[column])
        guard length > ResultBuffers.textCapacity else {
            return body(UnsafeRawBufferPointer(start: bind.pointee.buffer, count: length))
        }
        let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
        defer { whole.deallocate() }
        var again = bind.pointee
        var fullLength: UInt = 0
        again.buffer = whole.baseAddress
        again.buffer_length = UInt(length)
        withUnsafeMutablePointer(to: &fullLength) { pointer in
            again.length = pointer
            _ = mysql_stmt_fetch_column(handle, &again, UInt32(column), 0)
        }
        return body(UnsafeRawBufferPointer(whole))
    }
}
