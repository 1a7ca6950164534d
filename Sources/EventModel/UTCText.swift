public import FoundationEssentials

/// Points in time as text, without a formatter.
public enum UTCText {
    /// `2026-11-21 09:30:00.123`: what a DATETIME(3) column takes, in UTC.
    public static func sql(_ date: Date) -> String {
        text(date, dateSeparator: " ", suffix: "")
    }

    /// `2026-11-21T09:30:00.123Z` (RFC 3339).
    public static func rfc3339(_ date: Date) -> String {
        text(date, dateSeparator: "T", suffix: "Z")
    }

    private static func text(_ date: Date, dateSeparator: String, suffix: String) -> String {
        // To the nearest: .123 is .12299... in binary, and would come out as .122.
        let milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
        let (days, rest) = milliseconds.quotientAndRemainderRoundedDown(dividingBy: 86_400_000)
        let (year, month, day) = civilDate(daysSinceEpoch: days)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + dateSeparator
            + padded(rest / 3_600_000, 2) + ":" + padded(rest / 60000 % 60, 2) + ":" + padded(rest / 1000 % 60, 2) + "."
            + padded(rest % 1000, 3) + suffix
    }

    /// The Gregorian date of a day, counted from 1970-01-01; eras of 400 years make it exact for all dates.
    private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (daysSinceEpoch + 719_468).quotientAndRemainderRoundedDown(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return digits.count < width ? String(repeating: "0", count: width - digits.count) + digits : digits
    }
}

extension Int64 {
    fileprivate func quotientAndRemainderRoundedDown(dividingBy divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
