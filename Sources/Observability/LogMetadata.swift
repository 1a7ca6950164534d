import Logging

/// Makes one flat, sorted list out of the metadata of a logger, its provider and a message.
enum LogMetadata {
    /// Nested names are joined by dots, elements of lists are numbered from 0. Later sources win.
    static func flattened(_ sources: Logger.Metadata?...) -> [(name: String, value: String)] {
        var result: [String: String] = [:]
        for case let source? in sources {
            for (name, value) in source { add(value, as: name, to: &result) }
        }
        return result.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    private static func add(_ value: Logger.MetadataValue, as name: String, to result: inout [String: String]) {
        switch value {
        case .string(let text): result[name] = text
        case .stringConvertible(let convertible): result[name] = "\(convertible)"
        case .dictionary(let members):
            for (member, value) in members { add(value, as: "\(name).\(member)", to: &result) }
        case .array(let elements):
            for (index, value) in elements.enumerated() { add(value, as: "\(name).\(index)", to: &result) }
        }
    }
}
