/// A block of addresses in CIDR notation.
public struct AddressRange: Sendable, Hashable {
    private let base: [UInt8]
    private let prefixLength: Int

    /// Reads `10.0.0.0/8` or `fd00::/8`; an address without a length is a block of one.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        let width = address.bytes.count * 8
        guard let length = parts.count == 2 ? Int(parts[1]) : width, (0...width).contains(length) else { return nil }
        base = address.bytes
        prefixLength = length
    }

    /// - Parameter base: 4 or 16 bytes.
    init(_ base: [UInt8], _ prefixLength: Int) {
        self.base = base
        self.prefixLength = prefixLength
    }

    /// Whether `address` is of the same family and within the block.
    public func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.count else { return false }
        let whole = prefixLength / 8
        for index in 0..<whole where address.bytes[index] != base[index] { return false }
        let rest = prefixLength % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - rest))
        return address.bytes[whole] & mask == base[whole] & mask
    }
}
