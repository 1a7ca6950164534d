/// Durations as the configuration writes them: a number and one unit, `100ms`, `30s`, `2m`, `1h`, `7d`, `1w`, `1.5d`.
enum DurationText {
    /// What a reader of an error message needs to write a right one.
    static let examples = "100ms, 30s, 2m, 1h, 7d or 1w"

    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
        ("w", 604_800_000_000_000),
    ]

    /// The duration that `text` means; nil where it means none. Only zero may stand without a unit.
    ///
    /// Fractions are exact down to the nanosecond; more than nine decimals are refused.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let unit = units.first(where: { $0.name == text[number.endIndex...] }) else { return nil }
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ Int64($0) }) else { return nil }
        let (product, overflows) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
        guard !overflows else { return nil }
        var nanoseconds = product
        if parts.count == 2 {
            guard let fraction = Int64(parts[1]), parts[1].utf8.count <= 9 else { return nil }
            let scale = parts[1].utf8.reduce(Int64(1)) { scale, _ in scale * 10 }
            // Both factors stay below 10^15, so their product may need more than 64 bits.
            let addend = Int64(Int128(fraction) * Int128(unit.nanoseconds) / Int128(scale))
            let (sum, overflows) = nanoseconds.addingReportingOverflow(addend)
            guard !overflows else { return nil }
            nanoseconds = sum
        }
        return .nanoseconds(nanoseconds)
    }

    /// `duration` in the largest unit up to the day that holds it without a rest; below the millisecond it is cut.
    static func write(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        if milliseconds == 0 { return "0s" }
        let nanoseconds = Int128(milliseconds) * 1_000_000
        let unit = units.dropLast().last { nanoseconds % Int128($0.nanoseconds) == 0 } ?? units[0]
        return "\(nanoseconds / Int128(unit.nanoseconds))\(unit.name)"
    }
}
