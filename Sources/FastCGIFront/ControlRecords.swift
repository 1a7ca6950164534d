/// The records around requests.
enum ControlRecords {
    /// The values of END_REQUEST's `protocolStatus` (FastCGI specification, section 5.5).
    enum ProtocolStatus: UInt8 {
        case requestComplete = 0
        case cannotMultiplex = 1
        case unknownRole = 3
    }

    static func endRequest(_ requestID: UInt16, _ status: ProtocolStatus) -> [UInt8] {
        var record: [UInt8] = []
        record.append(RecordHeader(kind: RecordHeader.Kind.endRequest, requestID: requestID, contentLength: 8))
        record += [0, 0, 0, 0, status.rawValue, 0, 0, 0]
        return record
    }

    static func unknownType(_ kind: UInt8) -> [UInt8] {
        var record: [UInt8] = []
        record.append(RecordHeader(kind: RecordHeader.Kind.unknownType, requestID: 0, contentLength: 8))
        record += [kind, 0, 0, 0, 0, 0, 0, 0]
        return record
    }

    /// Answers GET_VALUES (section 4.1): the variables we know among the names in `content`, each once.
    ///
    /// libfcgi 2.4.2 answers it in a buffer of 64 bytes whatever the number of names, and waits for ever on an unpadded
    /// one; so it never sees one.
    static func valuesResult(for content: [UInt8], maximumConnections: Int) -> [UInt8] {
        let names = nameValueNames(in: content)
        let known = [
            ("FCGI_MAX_CONNS", String(maximumConnections)), ("FCGI_MAX_REQS", String(maximumConnections)),
            ("FCGI_MPXS_CONNS", "0"),
        ]
        var pairs: [UInt8] = []
        for (name, value) in known where names.contains(where: { $0.elementsEqual(name.utf8) }) {
            pairs += [UInt8(name.utf8.count), UInt8(value.utf8.count)]
            pairs += name.utf8
            pairs += value.utf8
        }
        var record: [UInt8] = []
        record.append(
            RecordHeader(kind: RecordHeader.Kind.getValuesResult, requestID: 0, contentLength: pairs.count))
        return record + pairs
    }

    /// The names among name-value pairs whose lengths fit into one byte, up to the first that do not.
    private static func nameValueNames(in content: [UInt8]) -> [ArraySlice<UInt8>] {
        var names: [ArraySlice<UInt8>] = []
        var rest = content[...]
        while rest.count >= 2, let nameLength = rest.popFirst(), let valueLength = rest.popFirst(),
            nameLength < 0x80, valueLength < 0x80, rest.count >= Int(nameLength) + Int(valueLength)
        {
            names.append(rest.prefix(Int(nameLength)))
            rest = rest.dropFirst(Int(nameLength) + Int(valueLength))
        }
        return names
    }
}
