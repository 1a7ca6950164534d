import FoundationEssentials
import Testing

@testable import EventModel

@Suite struct IdentifierTests {
    /// RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC.
    @Test func `a uuid is the one of the RFC's example`() {
        let uuid = EventIdentifier.make(
            milliseconds: 0x17F2_2E27_9B0, random: (0xCC3, 0x18C4_DC0C_0C07_398F))
        #expect(uuid == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test func `uuids are well formed, different, and in the order of time`() {
        let times = (0..<100).map { Date(timeIntervalSince1970: 1_700_000_000 + Double($0) * 0.002) }
        let uuids = times.map { EventIdentifier.make(now: $0) }
        #expect(uuids == uuids.sorted())
        #expect(Set(uuids).count == 100)
        for uuid in uuids {
            #expect(EventIdentifier.isWellFormed(uuid))
            #expect(Array(uuid)[14] == "7")
            #expect("89ab".contains(Array(uuid)[19]))
        }
    }

    @Test(arguments: [
        "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017F22E2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2079b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "é17f22e2-79b0-7cc3-98c4-dc0c0c0739",
    ])
    func `other texts are no uuids`(_ text: String) {
        #expect(!EventIdentifier.isWellFormed(text))
    }
}
