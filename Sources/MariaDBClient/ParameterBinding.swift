import CMariaDB

/// Lays parameters out the way `mysql_stmt_bind_param` wants them, in an arena.
enum ParameterBinding {
    /// One row: a value per `?`.
    static func bind(_ parameters: [Parameter], in arena: inout BindArena) -> UnsafeMutablePointer<MYSQL_BIND> {
        let binds = makeBinds(count: parameters.count, in: &arena)
        for (index, parameter) in parameters.enumerated() {
            switch parameter {
            case .integer(let value):
                let buffer = arena.allocate(Int64.self, count: 1)
                buffer.pointee = value
                binds[index].buffer_type = MYSQL_TYPE_LONGLONG
                binds[index].buffer = UnsafeMutableRawPointer(buffer)
            case .text(let value):
                let (pointer, count) = arena.copy(value)
                setBytes(&binds[index], pointer, count, type: MYSQL_TYPE_STRING, in: &arena)
            case .bytes(let value):
                let pointer = value.withUnsafeBytes { arena.copy($0) }
                setBytes(&binds[index], pointer, value.count, type: MYSQL_TYPE_STRING, in: &arena)
            case .null:
                binds[index].buffer_type = MYSQL_TYPE_NULL
            }
        }
        return binds
    }

    /// Many rows: a column of values per `?`, in MariaDB's column-wise array binding. Texts are arrays of pointers.
    static func bind(_ columns: [ParameterColumn], in arena: inout BindArena) -> UnsafeMutablePointer<MYSQL_BIND> {
        let binds = makeBinds(count: columns.count, in: &arena)
        for (index, column) in columns.enumerated() {
            switch column {
            case .integers(let values):
                let buffer = arena.allocate(Int64.self, count: values.count)
                for (row, value) in values.enumerated() { buffer[row] = value }
                binds[index].buffer_type = MYSQL_TYPE_LONGLONG
                binds[index].buffer = UnsafeMutableRawPointer(buffer)
            case .texts(let values):
                setColumn(&binds[index], rows: values.count, in: &arena) { row, arena in
                    values[row].map { arena.copy($0) }
                }
            case .bytes(let values):
                setColumn(&binds[index], rows: values.count, in: &arena) { row, arena in
                    (values[row].withUnsafeBytes { arena.copy($0) }, values[row].count)
                }
            }
        }
        return binds
    }

    private static func makeBinds(count: Int, in arena: inout BindArena) -> UnsafeMutablePointer<MYSQL_BIND> {
        let binds = arena.allocate(MYSQL_BIND.self, count: count)
        binds.initialize(repeating: MYSQL_BIND(), count: max(count, 1))
        return binds
    }

    private static func setBytes(
        _ bind: inout MYSQL_BIND, _ pointer: UnsafeMutableRawPointer, _ count: Int, type: enum_field_types,
        in arena: inout BindArena
    ) {
        let length = arena.allocate(UInt.self, count: 1)
        length.pointee = UInt(count)
        bind.buffer_type = type
        bind.buffer = pointer
        bind.buffer_length = UInt(count)
        bind.length = length
    }

    private static func setColumn(
        _ bind: inout MYSQL_BIND, rows: Int, in arena: inout BindArena,
        value: (Int, inout BindArena) -> (pointer: UnsafeMutableRawPointer, count: Int)?
    ) {
        let pointers = arena.allocate(UnsafeMutableRawPointer?.self, count: rows)
        let lengths = arena.allocate(UInt.self, count: rows)
        let indicators = arena.allocate(CChar.self, count: rows)
        for row in 0..<rows {
            if let (pointer, count) = value(row, &arena) {
                pointers[row] = pointer
                lengths[row] = UInt(count)
                indicators[row] = CMariaDB_indicator_none
            } else {
                pointers[row] = nil
                lengths[row] = 0
                indicators[row] = CMariaDB_indicator_null
            }
        }
        bind.buffer_type = MYSQL_TYPE_STRING
        bind.buffer = UnsafeMutableRawPointer(pointers)
        bind.length = lengths
        CMariaDB_bind_indicators(&bind, indicators)
    }
}
