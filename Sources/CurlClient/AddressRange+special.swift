/// The blocks that decide whether an address is public.
extension AddressRange {
    static let specialIPv4 = [
        AddressRange(v4(0, 0, 0, 0), 8),  // this network
        AddressRange(v4(10, 0, 0, 0), 8),  // private
        AddressRange(v4(100, 64, 0, 0), 10),  // carrier-grade NAT
        AddressRange(v4(127, 0, 0, 0), 8),  // loopback
        AddressRange(v4(169, 254, 0, 0), 16),  // link-local, cloud metadata
        AddressRange(v4(172, 16, 0, 0), 12),  // private
        AddressRange(v4(192, 0, 0, 0), 24),  // IETF protocol assignments
        AddressRange(v4(192, 0, 2, 0), 24),  // documentation
        AddressRange(v4(192, 88, 99, 0), 24),  // 6to4 relays, deprecated
        AddressRange(v4(192, 168, 0, 0), 16),  // private
        AddressRange(v4(198, 18, 0, 0), 15),  // benchmarks
        AddressRange(v4(198, 51, 100, 0), 24),  // documentation
        AddressRange(v4(203, 0, 113, 0), 24),  // documentation
        AddressRange(v4(224, 0, 0, 0), 4),  // multicast
        AddressRange(v4(240, 0, 0, 0), 4),  // reserved, broadcast
    ]

    /// Global unicast: nothing outside of it has been given to anybody on the public internet.
    static let globalIPv6 = AddressRange(v6(0x2000), 3)
    static let specialIPv6 = [
        AddressRange(v6(0x2001), 23),  // IETF protocol assignments: Teredo, benchmarks, ORCHID
        AddressRange(v6(0x2001, 0x0DB8), 32),  // documentation
        AddressRange(v6(0x3FFF), 20),  // documentation
    ]
    /// IPv4-mapped, ::ffff:0:0/96.
    static let mappedIPv4 = AddressRange(v6(0, 0, 0, 0, 0, 0xFFFF), 96)
    /// NAT64's well-known prefix, 64:ff9b::/96.
    static let translatedIPv4 = AddressRange(v6(0x0064, 0xFF9B), 96)
    /// 6to4, 2002::/16.
    static let tunnelledIPv4 = AddressRange(v6(0x2002), 16)

    private static func v4(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) -> [UInt8] {
        [first, second, third, fourth]
    }

    /// The bytes of an IPv6 address that begins with `groups` and goes on with zeros.
    private static func v6(_ groups: UInt16...) -> [UInt8] {
        let bytes = groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return bytes + Array(repeating: 0, count: 16 - bytes.count)
    }
}
