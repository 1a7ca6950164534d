import Testing

@testable import EventModel

@Suite struct JSONSlicesTests {
    @Test func `members come in order with their bytes untouched`() throws {
        let bytes = Array(#" { "a" : {"x": [1, 2]} , "b\u0041":"y" ,"a":-1.50 } "#.utf8)
        let members = try JSONSlices.members(of: bytes)
        #expect(members.map(\.name) == ["a", "bA", "a"])
        #expect(
            members.map { String(decoding: bytes[$0.value], as: UTF8.self) } == [#"{"x": [1, 2]}"#, "\"y\"", "-1.50"])
        #expect(try JSONSlices.members(of: Array("{}".utf8)).isEmpty)
    }

    @Test func `members are found within a part of the bytes, and no further`() throws {
        let bytes = Array(#"[{"a":1},{"b":2}]"#.utf8)
        #expect(try JSONSlices.members(of: bytes, in: 9..<16).map(\.name) == ["b"])
        #expect(throws: JSONProblem.self) { try JSONSlices.members(of: bytes, in: 9..<15) }
        #expect(throws: JSONProblem.self) { try JSONSlices.members(of: bytes, in: 1..<9) }
    }

    @Test(arguments: ["[]", "1", #"{"a":1"#, #"{"a" 1}"#, #"{"a":1}x"#, "{1:2}", ""])
    func `members of what is no object are refused`(_ text: String) {
        #expect(throws: JSONProblem.self) { try JSONSlices.members(of: Array(text.utf8)) }
    }

    @Test func `elements come in order, and one more than the limit at the most`() throws {
        let bytes = Array(#" [ 1, {"a":[2]} ,"x"] "#.utf8)
        let elements = try JSONSlices.elements(of: bytes, limit: 10)
        #expect(elements.map { String(decoding: bytes[$0], as: UTF8.self) } == ["1", #"{"a":[2]}"#, "\"x\""])
        #expect(try JSONSlices.elements(of: Array("[]".utf8), limit: 1).isEmpty)
        #expect(try JSONSlices.elements(of: Array("[1,2,3,4,5".utf8), limit: 2).count == 3)
        for text in ["[1,]", "[1", "[1]x", "{}", "[,1]"] {
            #expect(throws: JSONProblem.self) { try JSONSlices.elements(of: Array(text.utf8), limit: 9) }
        }
    }

    @Test(arguments: [
        (#""""#, ""), (#""plain é""#, "plain é"), (#""a\"b\\c\/d""#, "a\"b\\c/d"),
        (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"),
        (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude00!""#, "😀!"), (#""x\ud83dy""#, "x\u{FFFD}y"),
        (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"), (#""a\u0000b""#, "a\u{0}b"),
    ])
    func `strings are read with their escapes`(_ json: String, text: String) {
        let bytes = Array(json.utf8)
        #expect(JSONSlices.problem(in: bytes) == nil)
        #expect(JSONSlices.string(bytes, in: 0..<bytes.count) == text)
    }

    @Test func `what is written quoted is read back`() {
        let text = "a\"b\\c\n\r\t\u{1}\u{1F}é😀\u{2028}/"
        let bytes = Array(JSONText.quoted(text).utf8)
        #expect(JSONSlices.problem(in: bytes) == nil)
        #expect(JSONSlices.string(bytes, in: 0..<bytes.count) == text)
    }

    @Test func `values of another type are told apart`() {
        let bytes = Array(#"12 -3 1.5 99999999999999999999 null "1""#.utf8)
        #expect(JSONSlices.integer(bytes, in: 0..<2) == 12)
        #expect(JSONSlices.integer(bytes, in: 3..<5) == -3)
        #expect(JSONSlices.integer(bytes, in: 6..<9) == nil)
        #expect(JSONSlices.integer(bytes, in: 10..<30) == nil)
        #expect(JSONSlices.isNull(bytes, in: 31..<35))
        #expect(JSONSlices.string(bytes, in: 31..<35) == nil)
        #expect(JSONSlices.integer(bytes, in: 36..<39) == nil)
    }
}
