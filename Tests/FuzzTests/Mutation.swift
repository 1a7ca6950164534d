/// Seeded changes to bytes.
enum Mutation {
    private static let largest = 20_000

    /// What parsers trip over: ends of ranges, lengths of FastCGI, UTF-8, JSON and YAML at their edges.
    private static let trouble: [[UInt8]] =
        [
            [0], [0xFF], [0x80, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xED, 0xA0, 0x80], [0xC0, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [1, 1, 0, 1, 0, 8, 0, 0], [1, 4, 0, 1, 0, 0, 0, 0], [1, 5, 0, 1, 0, 0, 0, 0], [1, 9, 0, 0, 0, 4, 3, 0],
        ]
        + [
            #"\u0000"#, #"\ud800"#, #"\udc00"#, "\"", "\\", "{", "}", "[", "]", ",", ":", "\r\n", "\n", "\t", "-",
            "1e999", "-0",
            "NaN", "null", "e\u{301}", "\u{FEFF}", "9223372036854775808", "99999999999999999999", "0x10", "1.5d",
            "${HOME}", "$$",
            "&a ", "*a", "<<: ", "? ", "- ", "|\n", "!!binary ", "'", "#", "9999-12-31T23:59:60+24:00",
        ].map { Array($0.utf8) }

    static func change(of seeds: [[UInt8]], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = seeds.randomElement(using: &generator) ?? []
        for _ in 0..<([1, 1, 1, 2, 3, 10].randomElement(using: &generator) ?? 1) {
            changeOnce(&bytes, seeds, &generator)
            bytes.removeLast(max(bytes.count - largest, 0))
        }
        return bytes
    }

    private static func changeOnce(_ bytes: inout [UInt8], _ seeds: [[UInt8]], _ generator: inout SeededGenerator) {
        let place = place(in: bytes, &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0 where !place.isEmpty: bytes[place.lowerBound] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: for index in place { bytes[index] = .random(in: 0...255, using: &generator) }
        case 2: bytes.removeSubrange(place)
        case 3:
            let count = [1, 1, 2, 40].randomElement(using: &generator) ?? 1
            bytes.insert(contentsOf: repeatElement(bytes[place], count: count).joined(), at: place.upperBound)
        case 4: bytes.removeSubrange(place.lowerBound...)
        case 5:
            let other = seeds.randomElement(using: &generator) ?? []
            bytes.insert(contentsOf: other[Self.place(in: other, &generator)], at: place.lowerBound)
        case 6: bytes.replaceSubrange(place, with: trouble.randomElement(using: &generator) ?? [])
        default: bytes.insert(contentsOf: trouble.randomElement(using: &generator) ?? [], at: place.lowerBound)
        }
    }

    /// Somewhere in `bytes`, up to 64 of them.
    private static func place(in bytes: [UInt8], _ generator: inout SeededGenerator) -> Range<Int> {
        let start = Int.random(in: 0...bytes.count, using: &generator)
        return start..<min(bytes.count, start + Int.random(in: 0...64, using: &generator))
    }
}
