import EventModel
import Foundation
import Testing

@Suite struct JSONFuzzTests {
    /// Foundation's decoder is the judge, but for what it does in its own way: it takes other encodings than UTF-8 and a comma
    /// before a closing bracket, and refuses numbers that it cannot hold and surrogates without their partner.
    @Test func `what is JSON is JSON for others too`() throws {
        try Fuzz.run("json") { bytes in
            let problem = JSONSlices.problem(in: bytes)
            let isJSON = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            switch (problem, isJSON) {
            case (nil, true): return nil
            case (nil, false): return Self.isOurs(bytes) ? nil : "only we take this for JSON"
            case (let problem?, true): return Self.isTheirs(bytes, problem) ? nil : "this is JSON, but: \(problem)"
            case (let problem?, false):
                return (0...bytes.count).contains(problem.offset) ? nil : "the problem is outside: \(problem)"
            }
        }
    }

    /// Whether it is right that only we take it: a large number or half a surrogate is in it.
    private static func isOurs(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains(/(?i)\\ud[89a-f]/) || text.contains(/[0-9][eE]|[0-9]{15}/)
    }

    private static func isTheirs(_ bytes: [UInt8], _ problem: JSONProblem) -> Bool {
        problem.message.hasPrefix("nested deeper")
            || isBehindComma(bytes, problem)
            || bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.contains(0)
            || bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    }

    /// Whether a closing bracket is refused because nothing but a comma stands before it.
    private static func isBehindComma(_ bytes: [UInt8], _ problem: JSONProblem) -> Bool {
        problem.offset < bytes.count && [0x5D, 0x7D].contains(bytes[problem.offset])
            && bytes[..<problem.offset].last { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } == 0x2C
    }

    @Test func `the parts of an object are what stands there`() throws {
        try Fuzz.run("json") { bytes in
            guard let members = try? JSONSlices.members(of: bytes) else { return nil }
            for member in members where JSONSlices.problem(in: Array(bytes[member.value])) != nil {
                return "the value of \(member.name) is no JSON by itself"
            }
            for member in members {
                guard let text = JSONSlices.string(bytes, in: member.value) else { continue }
                let quoted = Array(JSONText.quoted(text).utf8)
                guard JSONSlices.problem(in: quoted) == nil,
                    JSONSlices.string(quoted, in: 0..<quoted.count).map(ExactText.init) == ExactText(text)
                else { return "the string \(text.debugDescription) does not come back" }
            }
            return nil
        }
    }
}
