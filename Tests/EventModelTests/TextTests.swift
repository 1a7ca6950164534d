import EventModel
import FoundationEssentials
import Testing

@Suite struct TextTests {
    @Test(
        arguments: [
            (0, "1970-01-01 00:00:00.000"), (951_782_400, "2000-02-29 00:00:00.000"),
            (1_709_251_199.999, "2024-02-29 23:59:59.999"),
            (4_107_542_400, "2100-03-01 00:00:00.000"), (-1, "1969-12-31 23:59:59.000"),
            (-0.25, "1969-12-31 23:59:59.750"),
            (253_402_300_799, "9999-12-31 23:59:59.000"), (1_795_253_400.9996, "2026-11-21 09:30:01.000"),
        ] as [(Double, String)])
    func `points in time are written as the columns take them`(_ seconds: Double, text: String) {
        #expect(UTCText.sql(Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test func `every millisecond is written as it was`() {
        for millisecond in 0..<1000 {
            let digits = String(String(1000 + millisecond).dropFirst())
            let seconds = Double(millisecond) / 1000
            // The second has more digits behind the point, as a date that was parsed has.
            for date in [
                Date(timeIntervalSince1970: 1_795_253_400 + seconds),
                Date(timeIntervalSinceReferenceDate: 816_946_200 + seconds),
            ] {
                #expect(UTCText.rfc3339(date) == "2026-11-21T09:30:00.\(digits)Z")
            }
        }
    }

    @Test(arguments: ["messages.upsert", "messages-upsert", "MESSAGES_UPSERT", "Messages.Upsert"])
    func `spellings of one name compare equal`(_ name: String) {
        #expect(EventName.normalized(name) == "MESSAGES_UPSERT")
    }

    @Test func `durations count in whole units`() {
        #expect(Duration.seconds(90).microseconds == 90_000_000)
        #expect(Duration.nanoseconds(1999).microseconds == 1)
        #expect(Duration.microseconds(2999).milliseconds == 2)
    }
}
