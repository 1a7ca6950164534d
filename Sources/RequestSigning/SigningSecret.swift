import Crypto
import FoundationEssentials

/// The shared key of a webhook's sender and receiver.
public struct SigningSecret: Sendable {
    /// What is wrong with a secret's text. Never holds the text.
    public struct Malformed: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// What begins a secret in the Standard Webhooks notation.
    public static let prefix = "whsec_"
    /// How many bytes a key may have: Standard Webhooks, "Signature scheme".
    public static let length = 24...64

    let key: SymmetricKey

    /// Reads `whsec_` and the base64 of 24 to 64 bytes.
    public init(_ text: String) throws(Malformed) {
        guard text.hasPrefix(Self.prefix) else { throw Malformed(description: "does not begin with \(Self.prefix)") }
        guard let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))) else {
            throw Malformed(description: "is not base64 after \(Self.prefix)")
        }
        guard Self.length.contains(bytes.count) else {
            throw Malformed(
                description:
                    "has \(bytes.count) bytes instead of \(Self.length.lowerBound) to \(Self.length.upperBound)")
        }
        key = SymmetricKey(data: bytes)
    }
}
