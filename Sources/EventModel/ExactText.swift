/// A text that equals another only where their bytes are the same.
///
/// Swift takes texts that differ in Unicode normal form for equal, the database's `_bin` collations do not: names that are looked
/// up there must be told apart here as well.
public struct ExactText: Sendable, Hashable, Comparable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    public static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
