public import FoundationEssentials
import Glibc

/// The `Retry-After` header: RFC 9110, section 10.2.3.
public enum RetryAfter {
    /// The longest wait that is read; more is cut to it. How long a receiver may really ask for is the retry policy's to say.
    public static let maximum = Duration.seconds(86_400)

    /// Reads seconds or an HTTP date.
    ///
    /// - Returns: 0 to ``maximum``; nil where `text` is neither.
    public static func delay(_ text: String, now: Date = Date()) -> Duration? {
        let text = text.drop { $0 == " " }
        if !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }) {
            return Int(text).map { min(.seconds($0), maximum) } ?? maximum
        }
        guard let date = date(text) else { return nil }
        return min(.seconds(max(0, date.timeIntervalSince(now))), maximum)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms are not read.
    private static func date(_ text: Substring) -> Date? {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT", let month = months.firstIndex(of: fields[2]),
            let day = Int32(fields[1]), let year = Int32(fields[3]), (1...31).contains(day),
            (1970...9999).contains(year)
        else { return nil }
        let clock = fields[4].split(separator: ":").map { Int32($0) ?? -1 }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        var parts = tm()
        parts.tm_year = year - 1900
        parts.tm_mon = Int32(month)
        parts.tm_mday = day
        parts.tm_hour = clock[0]
        parts.tm_min = clock[1]
        parts.tm_sec = clock[2]
        return Date(timeIntervalSince1970: Double(timegm(&parts)))
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
