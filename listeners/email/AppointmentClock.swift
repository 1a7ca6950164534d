import FoundationEssentials
import FoundationInternationalization

/// Shows the times of an appointment, which are the provider's, on somebody's clock.
///
/// Using `Date.VerbatimFormatStyle` is also what puts time zones into a binary with the Swift runtime linked statically:
/// without a user of Foundation's internationalised half, every `TimeZone(identifier:)` is nil there.
struct AppointmentClock {
    /// The provider's time zone.
    let source: TimeZone
    /// The recipient's.
    let target: TimeZone
    /// `DMY`, `MDY` or `YMD`.
    let dateFormat: String
    /// `military` or `regular`.
    let timeFormat: String

    /// - Parameters:
    ///   - source: an identifier such as `America/Sao_Paulo`; nil is UTC.
    ///   - target: the same; what is not known is shown on the source's clock.
    /// - Returns: nil where `source` names no time zone.
    init?(source: String?, target: String?, dateFormat: String?, timeFormat: String?) {
        guard let source = TimeZone(identifier: source ?? "UTC") else { return nil }
        self.source = source
        self.target = TimeZone(identifier: target ?? "UTC") ?? source
        self.dateFormat = dateFormat ?? "DMY"
        self.timeFormat = timeFormat ?? "regular"
    }

    /// Reads `yyyy-MM-dd HH:mm:ss` on the source's clock.
    func instant(_ text: String) -> Date? {
        let fields = text.split { "- :T".contains($0) }.map { Int($0) }
        guard fields.count == 5 || fields.count == 6, !fields.contains(nil) else { return nil }
        let numbers = fields.compactMap { $0 }
        let seconds = numbers.count == 6 ? numbers[5] : 0
        guard (1...9999).contains(numbers[0]), (1...12).contains(numbers[1]), (1...31).contains(numbers[2]),
            (0...23).contains(numbers[3]),
            (0...59).contains(numbers[4]), (0...60).contains(seconds)
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = source
        return calendar.date(
            from: DateComponents(
                year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4],
                second: seconds))
    }

    /// `20/08/2026 15:30`, or as the company has it, on the target's clock.
    func shown(_ instant: Date) -> String {
        let date: Date.FormatString =
            switch dateFormat {
            case "MDY": "\(month: .twoDigits)/\(day: .twoDigits)/\(year: .padded(4))"
            case "YMD": "\(year: .padded(4))/\(month: .twoDigits)/\(day: .twoDigits)"
            default: "\(day: .twoDigits)/\(month: .twoDigits)/\(year: .padded(4))"
            }
        let time: Date.FormatString =
            timeFormat == "military"
            ? "\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits)"
            : "\(hour: .defaultDigits(clock: .twelveHour, hourCycle: .oneBased)):\(minute: .twoDigits) \(dayPeriod: .standard(.wide))"
        let text = [date, time].map { instant.formatted(style($0)) }.joined(separator: " ")
        return timeFormat == "military" ? text : text.lowercased()
    }

    /// `Sao_Paulo (-3:00)`: the city and its distance from UTC at `instant`.
    func zoneLabel(at instant: Date) -> String {
        let identifier = target.identifier
        if ["UTC", "GMT"].contains(identifier) { return "UTC" }
        let city = identifier.split(separator: "/").last.map { String($0) } ?? identifier
        let minutes = target.secondsFromGMT(for: instant) / 60
        let rest = abs(minutes) % 60
        return "\(city) (\(minutes < 0 ? "-" : "+")\(abs(minutes) / 60):\(rest < 10 ? "0" : "")\(rest))"
    }

    private func style(_ format: Date.FormatString) -> Date.VerbatimFormatStyle {
        Date.VerbatimFormatStyle(
            format: format, locale: Locale(identifier: "en_US_POSIX"), timeZone: target,
            calendar: Calendar(identifier: .gregorian))
    }
}
