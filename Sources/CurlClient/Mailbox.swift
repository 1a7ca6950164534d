/// A mail address and whose it is.
public struct Mailbox: Sendable, Equatable {
    /// The longest address that a mail server has to take: RFC 5321, section 4.5.3.1, less the angle brackets.
    public static let maximumAddressLength = 254

    public let address: String
    /// Shown beside the address; empty for none.
    public let name: String

    /// - Returns: nil where `address` is not `local@domain` in plain ASCII. Quoted local parts, address literals and
    ///   internationalised addresses (RFC 6531) are not taken.
    public init?(address: String, name: String = "") {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, address.utf8.count <= Self.maximumAddressLength,
            address.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !#"<>()[],;:\""#.utf8.contains($0) })
        else { return nil }
        self.address = address
        self.name = name
    }
}
