import FoundationEssentials
import Glibc
import Observability

/// What commands say on standard output.
enum Output {
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    private static let isColoured = isTerminal && getenv("NO_COLOR") == nil

    enum Colour: String {
        case red = "31", green = "32", yellow = "33", dim = "2"
    }

    static func coloured(_ text: String, _ colour: Colour) -> String {
        isColoured ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes at once, even where standard output is a file.
    static func say(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }

    /// One JSON text, whose values may come from anywhere.
    static func json(_ text: String) {
        print(SafeText.json(text))
    }

    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        json(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Columns of text, each as wide as its widest cell.
    static func table(_ rows: [[String]]) {
        guard let first = rows.first else { return }
        let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = row.indices.map { column in
                column == row.count - 1
                    ? row[column] : row[column] + String(repeating: " ", count: widths[column] - row[column].count)
            }
            print(cells.joined(separator: "  "))
        }
    }
}
