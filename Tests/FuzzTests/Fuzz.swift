import Foundation
import Testing

/// Runs a property over the corpus as it is, then over changes of it.
///
/// `FUZZ_SEED` repeats a run, `FUZZ_ROUNDS` says how long it is, and `FUZZ_TRACE=1` prints each round before it begins: of
/// one that ends the process it is the last line.
enum Fuzz {
    static let seed = environment("FUZZ_SEED") ?? UInt64.random(in: 0...0xFFFF_FFFF)
    static let rounds = environment("FUZZ_ROUNDS") ?? 300
    private static let isTraced = ProcessInfo.processInfo.environment["FUZZ_TRACE"] != nil

    /// A variable that is no number. Another seed in its place would pass for the run that was to be repeated.
    struct Unreadable: Error, CustomStringConvertible { let description: String }

    /// Calls `property` with each seed of a kind, then with changes of them. It throws, or returns what is wrong.
    static func run(_ kind: String, _ property: ([UInt8]) throws -> String?) throws {
        for name in ["FUZZ_SEED", "FUZZ_ROUNDS"] {
            guard let text = ProcessInfo.processInfo.environment[name], UInt64(text) == nil else { continue }
            throw Unreadable(description: "\(name) is \"\(text)\", which is no decimal number below 2^64")
        }
        let seeds = try Corpus.seeds(kind)
        print("fuzzing \(kind): FUZZ_SEED=\(seed) FUZZ_ROUNDS=\(rounds)")
        for (name, input) in seeds { try check(input, named: name, property) }
        let inputs = seeds.map(\.bytes)
        for round in 0..<rounds {
            if isTraced { print("\(kind) round \(round)") }
            var generator = SeededGenerator(seed: seed &+ round &* 0x1_0000_0001)
            try check(Mutation.change(of: inputs, using: &generator), named: "round \(round)", property)
        }
    }

    private static func check(_ input: [UInt8], named name: String, _ property: ([UInt8]) throws -> String?) throws {
        guard let problem = try property(input) else { return }
        let text = String(decoding: input.prefix(2000), as: UTF8.self)
        Issue.record("\(problem)\nFUZZ_SEED=\(seed), \(name), base64 \(Data(input).base64EncodedString()):\n\(text)")
    }

    private static func environment(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}
