/// Sizes as the configuration writes them: plain bytes, or `KiB`, `MiB`, `GiB` (powers of 1024).
enum SizeText {
    /// What a reader of an error message needs to write a right one.
    static let examples = "4096, 512KiB, 1MiB or 1GiB"

    private static let units: [(name: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// The number of bytes that `text` means; nil where it means none.
    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let name = text[digits.endIndex...]
        guard let unit = name.isEmpty ? units[0] : units.first(where: { $0.name == name }) else { return nil }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: unit.bytes)
        return overflows ? nil : bytes
    }

    /// `bytes` in the largest unit that holds it without a rest.
    static func write(_ bytes: Int) -> String {
        guard bytes > 0, let unit = units.dropFirst().last(where: { bytes % $0.bytes == 0 }) else { return "\(bytes)" }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
