import Glibc

/// A network address, and whether the public internet is behind it.
public struct IPAddress: Sendable, Hashable {
    /// 4 or 16 bytes in network order.
    public let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads what inet_pton(3) reads: `192.0.2.1` or `2001:db8::1`, without a zone.
    public init?(_ text: String) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 {
            bytes = Array(buffer.prefix(4))
        } else if inet_pton(AF_INET6, text, &buffer) == 1 {
            bytes = buffer
        } else {
            return nil
        }
    }

    /// Whether the address is globally reachable unicast.
    ///
    /// An address that carries an IPv4 address (mapped, 6to4, NAT64) is as public as the one it carries, because that is where
    /// the packets go. Everything in IPv6 outside 2000::/3 is not public. Source: the IANA registries of special-purpose
    /// addresses (RFC 6890 and its updates); 192.0.0.0/24 and 192.88.99.0/24 are refused whole.
    public var isPublic: Bool {
        if bytes.count == 4 { return !AddressRange.specialIPv4.contains { $0.contains(self) } }
        if let carried = carriedIPv4 { return carried.isPublic }
        return AddressRange.globalIPv6.contains(self) && !AddressRange.specialIPv6.contains { $0.contains(self) }
    }

    /// The IPv4 address within a mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96) or 6to4 (2002::/16) address.
    var carriedIPv4: IPAddress? {
        guard bytes.count == 16 else { return nil }
        if AddressRange.mappedIPv4.contains(self) || AddressRange.translatedIPv4.contains(self) {
            return IPAddress(bytes: Array(bytes[12..<16]))
        }
        return AddressRange.tunnelledIPv4.contains(self) ? IPAddress(bytes: Array(bytes[2..<6])) : nil
    }
}

extension IPAddress {
    /// Copies the address out of a socket address; nil for other families than IPv4 and IPv6.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                IPAddress(bytes: withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) })
            }
        case AF_INET6:
            self = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                IPAddress(bytes: withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) })
            }
        default: return nil
        }
    }
}
