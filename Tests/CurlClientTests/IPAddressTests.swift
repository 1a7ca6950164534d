import Testing

@testable import CurlClient

@Suite struct IPAddressTests {
    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
        "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
        "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
        "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:4860:4860::8888", "2001:200::1", "3fff:1000::1",
        "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
    ])
    func `an address of the public internet is public`(_ text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }

    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.8",
        "192.0.0.170", "192.0.0.192", "192.0.0.255", "192.0.2.1", "192.88.99.0", "192.88.99.1", "192.168.0.1",
        "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.255", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "::8.8.8.8", "100::1", "64:ff9b:1::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1",
        "ff02::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff::1", "2001:db8::1", "3fff::1",
        "3fff:fff::1", "4000::1", "5f00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::1", "2002:c0a8:101::1", "2002:a9fe:a9fe::",
    ])
    func `an address with a special purpose is not public`(_ text: String) throws {
        #expect(try !#require(IPAddress(text)).isPublic)
    }

    @Test(arguments: ["", "127.1", "2130706433", "0x7f000001", "1.2.3.4.5", "256.1.1.1", "::g", "fe80::1%lo", "a.b"])
    func `what is not an address is not read as one`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `a range holds what begins like it, in its own family`() throws {
        let range = try #require(AddressRange("10.128.0.0/9"))
        #expect(range.contains(try #require(IPAddress("10.200.1.1"))))
        #expect(!range.contains(try #require(IPAddress("10.127.255.255"))))
        #expect(!range.contains(try #require(IPAddress("a80::"))))
        let single = try #require(AddressRange("::1"))
        #expect(single.contains(try #require(IPAddress("::1"))))
        #expect(!single.contains(try #require(IPAddress("::2"))))
        #expect(try #require(AddressRange("0.0.0.0/0")).contains(try #require(IPAddress("255.1.2.3"))))
    }

    @Test(arguments: ["10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/a", "/8", "host/8"])
    func `a malformed range is refused`(_ text: String) {
        #expect(AddressRange(text) == nil)
    }
}
