import CMariaDB

/// Where the columns of a statement's rows arrive. Longer texts than a buffer holds are fetched again at full length.
final class ResultBuffers {
    static let textCapacity = 2048

    let columnCount: Int
    let binds: UnsafeMutablePointer<MYSQL_BIND>
    let lengths: UnsafeMutablePointer<UInt>
    let nulls: UnsafeMutablePointer<my_bool>
    private let truncations: UnsafeMutablePointer<my_bool>

    init(of handle: UnsafeMutablePointer<MYSQL_STMT>) throws {
        guard let metadata = mysql_stmt_result_metadata(handle) else { throw Statement.error(of: handle) }
        defer { mysql_free_result(metadata) }
        columnCount = Int(mysql_num_fields(metadata))
        binds = .allocate(capacity: columnCount)
        lengths = .allocate(capacity: columnCount)
        nulls = .allocate(capacity: columnCount)
        truncations = .allocate(capacity: columnCount)
        binds.initialize(repeating: MYSQL_BIND(), count: columnCount)
        lengths.initialize(repeating: 0, count: columnCount)
        nulls.initialize(repeating: 0, count: columnCount)
        truncations.initialize(repeating: 0, count: columnCount)
        for index in 0..<columnCount {
            let field = mysql_fetch_field_direct(metadata, UInt32(index))
            let isInteger = field.map { Self.isInteger($0.pointee.type) } ?? false
            let capacity = isInteger ? MemoryLayout<Int64>.size : Self.textCapacity
            binds[index].buffer_type = isInteger ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_STRING
            binds[index].buffer = .allocate(byteCount: capacity, alignment: 8)
            binds[index].buffer_length = UInt(capacity)
            binds[index].length = lengths + index
            binds[index].is_null = nulls + index
            binds[index].error = truncations + index
        }
    }

    deinit {
        for index in 0..<columnCount { binds[index].buffer?.deallocate() }
        binds.deallocate()
        lengths.deallocate()
        nulls.deallocate()
        truncations.deallocate()
    }

    /// What has arrived in a column of integers; nil for one of texts.
    func integer(_ column: Int) -> Int64? {
        guard binds[column].buffer_type == MYSQL_TYPE_LONGLONG else { return nil }
        return binds[column].buffer?.load(as: Int64.self)
    }

    /// The text that has arrived in a column. One that is longer than the buffer is fetched again.
    func withBytes<Result>(
        _ column: Int, of handle: UnsafeMutablePointer<MYSQL_STMT>, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        if let integer = integer(column) { return Array(String(integer).utf8).withUnsafeBytes(body) }
        let bind = binds + column
        let length = Int(lengths[column])
        guard length > Self.textCapacity else {
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

    func bind(to handle: UnsafeMutablePointer<MYSQL_STMT>) throws {
        guard mysql_stmt_bind_result(handle, binds) == 0 else { throw Statement.error(of: handle) }
    }

    private static func isInteger(_ type: enum_field_types) -> Bool {
        switch type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_LONG, MYSQL_TYPE_INT24, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_YEAR:
            true
        default:
            false
        }
    }
}
