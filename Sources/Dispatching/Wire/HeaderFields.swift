/// Header fields by lower-case name. A request has a dozen of them, and two or three are asked for: they are searched, not hashed.
public struct HeaderFields: Sendable {
    /// How many a request may have: each is compared with those before it.
    public static let limit = 256

    private var fields: [(name: String, value: String)] = []

    public init() {}

    /// The value of a field; nil takes it away.
    public subscript(name: String) -> String? {
        get { fields.first { $0.name == name }?.value }
        set {
            if let newValue, let index = fields.firstIndex(where: { $0.name == name }) {
                fields[index].value = newValue
            } else if let newValue {
                fields.append((name, newValue))
            } else {
                fields.removeAll { $0.name == name }
            }
        }
    }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }
}

extension HeaderFields: Sequence {
    public func makeIterator() -> some IteratorProtocol<(name: String, value: String)> { fields.makeIterator() }
}
