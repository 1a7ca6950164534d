extension ValueFormat where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        let limits =
            range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
        return scalar(
            "integer, \(limits)", noun: "a whole number",
            read: { text throws(Malformed) in
                guard let number = Int(text) else { throw Malformed(message: "must be a whole number") }
                guard range.contains(number) else { throw Malformed(message: "must be \(limits)") }
                return number
            },
            write: { "\($0)" })
    }

    /// A number of bytes.
    static func size(_ range: ClosedRange<Int>) -> Self {
        let limits = "\(SizeText.write(range.lowerBound)) to \(SizeText.write(range.upperBound))"
        return scalar(
            "size, \(limits)", noun: "a size",
            read: { text throws(Malformed) in
                guard let size = SizeText.parse(text) else {
                    throw Malformed(message: "must be a size such as \(SizeText.examples)")
                }
                guard range.contains(size) else { throw Malformed(message: "must be \(limits)") }
                return size
            },
            write: { SizeText.write($0) })
    }

    /// The permission bits of a file, in octal as chmod(1) takes them.
    static let fileMode = scalar(
        "file mode in octal, such as `0660`", noun: "a file mode",
        read: { text throws(Malformed) in
            guard (3...4).contains(text.utf8.count), let mode = Int(text, radix: 8), (0...0o777).contains(mode) else {
                throw Malformed(message: "must be a file mode in octal such as 0660")
            }
            return mode
        },
        write: { mode in
            let digits = String(mode, radix: 8)
            return YAMLText.quoted(String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits)
        })
}

extension ValueFormat where Value == Int? {
    /// A whole number that may stay unset.
    static func optionalInteger(_ range: ClosedRange<Int>) -> Self {
        ValueFormat<Int>.integer(range).map({ $0 }, back: { $0 })
    }
}

extension ValueFormat where Value == Double {
    /// A share between nothing and all.
    static let fraction = scalar(
        "number, 0 to 1", noun: "a number",
        read: { text throws(Malformed) in
            guard let number = Double(text), (0...1).contains(number) else {
                throw Malformed(message: "must be a number from 0 to 1")
            }
            return number
        },
        write: { "\($0)" })
}

extension ValueFormat where Value == Bool {
    static let boolean = scalar(
        "`true` or `false`", noun: "true or false",
        read: { text throws(Malformed) in
            switch text.lowercased() {
            case "true", "yes", "on": return true
            case "false", "no", "off": return false
            default: throw Malformed(message: "must be true or false")
            }
        },
        write: { $0 ? "true" : "false" })
}

extension ValueFormat where Value == Duration {
    /// The longest duration that makes sense anywhere: ten years.
    static let longest = Duration.seconds(3650 * 86_400)

    static func duration(_ range: ClosedRange<Duration>) -> Self {
        let least = DurationText.write(range.lowerBound)
        let limits =
            range.upperBound >= longest ? "\(least) or more" : "\(least) to \(DurationText.write(range.upperBound))"
        let isUnlimited = range.lowerBound == .zero && range.upperBound >= longest
        return scalar(
            isUnlimited ? "duration" : "duration, \(limits)", noun: "a duration",
            read: { text throws(Malformed) in
                guard let duration = DurationText.parse(text) else {
                    throw Malformed(message: "must be a duration such as \(DurationText.examples)")
                }
                guard range.contains(duration) else {
                    let isTooLong = range.upperBound >= longest && duration > range.upperBound
                    throw Malformed(message: isTooLong ? "must be at most ten years" : "must be \(limits)")
                }
                return duration
            },
            write: { DurationText.write($0) })
    }

    /// How long something is kept; 0 is for ever.
    static let retention = ValueFormat(
        summary: "duration, 0 = keep for ever", read: duration(.zero...longest).read,
        write: { $0 == .zero ? "0" : DurationText.write($0) })
}
