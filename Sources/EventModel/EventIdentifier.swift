public import FoundationEssentials
import Glibc
import Synchronization

/// Makes event uuids: version 7 of RFC 9562 (section 5.7), whose leading milliseconds keep the index on them in order.
public enum EventIdentifier {
    /// A new uuid for `now`, lower-case with hyphens.
    public static func make(now: Date = Date()) -> String {
        make(
            milliseconds: UInt64(max(now.timeIntervalSince1970, 0) * 1000),
            random: randomness.withLock { ($0.next(), $0.next()) })
    }

    private static let randomness = Mutex(Randomness())

    /// The system's random numbers, several at a time: asking for each would cost more than all the rest.
    private struct Randomness {
        private var numbers: [UInt64] = []

        mutating func next() -> UInt64 {
            if numbers.isEmpty { fill() }
            return numbers.removeLast()
        }

        /// Up to 256 bytes at once: getentropy(3).
        private mutating func fill() {
            numbers = Array(repeating: 0, count: 32)
            let filled = numbers.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) == 0 }
            if !filled { numbers = numbers.map { _ in .random(in: 0 ... .max) } }
        }
    }

    static func make(milliseconds: UInt64, random: (UInt64, UInt64)) -> String {
        let high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
        let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = digit < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: half >> UInt64(60 - digit % 16 * 4)) & 0xF
                buffer[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
                position += 1
            }
            return 36
        }
    }

    /// Whether `text` has a uuid's form, in lower case.
    public static func isWellFormed(_ text: String) -> Bool {
        text.utf8.count == 36
            && text.utf8.enumerated().allSatisfy { index, byte in
                switch index {
                case 8, 13, 18, 23: byte == UInt8(ascii: "-")
                default:
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
                }
            }
    }
}
