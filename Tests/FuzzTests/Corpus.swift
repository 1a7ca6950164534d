import Foundation

/// The files of `Fuzzing/corpus`, which `Fuzzing/run` throws at the whole program.
enum Corpus {
    struct Malformed: Error { let text: Substring }

    static func seeds(_ kind: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Fuzzing/corpus/\(kind)").standardized
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map { name in
            let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
            return (name, name.hasSuffix(".hex") ? try spelt(String(decoding: bytes, as: UTF8.self)) : bytes)
        }
    }

    /// Bytes out of hexadecimal digits and 'text', with # comments.
    private static func spelt(_ text: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for line in text.split(separator: "\n") {
            var rest = line[...]
            while let first = rest.first, first != "#" {
                if first == "'" {
                    guard let end = rest.dropFirst().firstIndex(of: "'") else { throw Malformed(text: line) }
                    bytes += rest[rest.index(after: rest.startIndex)..<end].utf8
                    rest = rest[rest.index(after: end)...]
                } else if first == " " {
                    rest = rest.dropFirst()
                } else {
                    guard let byte = UInt8(rest.prefix(2), radix: 16) else { throw Malformed(text: line) }
                    bytes.append(byte)
                    rest = rest.dropFirst(2)
                }
            }
        }
        return bytes
    }
}
