import Testing

@testable import EventModel

@Suite struct JSONValidityTests {
    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "-1.5e+10", "1E-3", "\"\"", " \t\r\n{ } \n", "[1,2,[3]]",
        #"{"a":1,"a":2,"":{"b":[null,true]}}"#, #""\u0041\n\t\/\\\"\b\f\r""#, #""\ud83d\ude00""#, #""\ud800""#,
        "\"é€😀\u{7F}\"", "123456789012345678901234567890",
    ])
    func `valid documents pass`(_ text: String) {
        #expect(JSONSlices.problem(in: Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        ("", 0), ("  ", 2), ("{", 1), ("[1,]", 3), ("{\"a\"}", 4), ("{\"a\":1,}", 7), ("{a:1}", 1), ("[1 2]", 3),
        ("01", 1),
        ("-", 1), ("1.", 2), (".5", 0), ("1e", 2), ("+1", 0), ("tru", 3), ("True", 0), ("nul1", 3), ("NaN", 0),
        ("\"a", 2), ("\"\\x\"", 1), ("\"\\u12G4\"", 5), ("\"\\u12", 5), ("\"\\", 1), ("\"a\nb\"", 2), ("{} x", 3),
        ("{}{}", 2), ("[1]]", 3), ("'a'", 0), ("[", 1), ("{\"a\":", 5),
    ])
    func `what is no JSON is refused where it goes wrong`(_ text: String, offset: Int) {
        #expect(JSONSlices.problem(in: Array(text.utf8))?.offset == offset)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
            [0xE2, 0x28, 0xA1], [0xC3, 0x28], [0xF0, 0x9F, 0x98, 0x28],
        ] as [[UInt8]])
    func `what is no UTF-8 is refused`(_ bytes: [UInt8]) {
        #expect(JSONSlices.problem(in: [0x22] + bytes + [0x22])?.message.hasPrefix("not UTF-8") == true)
        #expect(JSONSlices.problem(in: [0x22] + bytes) != nil)
    }

    @Test(arguments: 0..<20)
    func `every byte counts, wherever in a string it stands`(_ place: Int) {
        let before: [UInt8] = [0x22] + Array(repeating: 0x7F, count: place)
        for byte in UInt8.min...UInt8.max {
            let problem = JSONSlices.problem(in: before + [byte] + Array(repeating: 0x21, count: 20) + [0x22])
            switch byte {
            case 0x22, 0x5C: #expect(problem?.offset == place + 2 - (byte == 0x5C ? 1 : 0), "\(byte)")
            case ..<0x20, 0x80...: #expect(problem?.offset == place + 1, "\(byte)")
            default: #expect(problem == nil, "\(byte)")
            }
        }
    }

    @Test func `nesting is bounded, arrays and objects together`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[{\"a\":", count: depth / 2) + "1" + String(repeating: "}]", count: depth / 2)).utf8
            )
        }
        try JSONSlices.validate(nested(64))
        #expect(throws: JSONProblem.self) { try JSONSlices.validate(nested(66)) }
        try JSONSlices.validate(nested(4), maximumDepth: 4)
        #expect(throws: JSONProblem.self) { try JSONSlices.validate(nested(4), maximumDepth: 3) }
        #expect(throws: JSONProblem.self) {
            try JSONSlices.members(of: Array(#"{"a":{"b":{}}}"#.utf8), maximumDepth: 2)
        }
        // Not a crash, whatever comes.
        #expect(JSONSlices.problem(in: Array(repeating: UInt8(ascii: "["), count: 1_000_000)) != nil)
    }
}
