/// The numbered SQL files of this folder, compiled into the program.
public enum Migrations {
    /// Every migration, by rising version.
    public static let all: [Migration] = [
        Migration(
            version: 1, name: "event_queue",
            up: PackageResources._01_event_queue_up_sql, down: PackageResources._01_event_queue_down_sql),
        Migration(
            version: 2, name: "lanes",
            up: PackageResources._02_lanes_up_sql, down: PackageResources._02_lanes_down_sql),
        Migration(
            version: 3, name: "history",
            up: PackageResources._03_history_up_sql, down: PackageResources._03_history_down_sql),
        Migration(
            version: 4, name: "parts",
            up: PackageResources._04_parts_up_sql, down: PackageResources._04_parts_down_sql),
    ]
}

/// One step of the schema, with its way back.
public struct Migration: Sendable {
    public let version: Int
    public let name: String
    private let up: [UInt8]
    private let down: [UInt8]

    init(version: Int, name: String, up: [UInt8], down: [UInt8]) {
        self.version = version
        self.name = name
        self.up = up
        self.down = down
    }

    /// The statements that make this step, for tables with `prefix`.
    public func upStatements(prefix: String) -> [String] { Self.statements(in: up, prefix: prefix) }

    /// The statements that take it back.
    public func downStatements(prefix: String) -> [String] { Self.statements(in: down, prefix: prefix) }

    /// Statements end with a semicolon at the end of a line; lines that start with `--` are comments.
    private static func statements(in file: [UInt8], prefix: String) -> [String] {
        var statements: [String] = []
        var current = ""
        for line in String(decoding: file, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("--") {
            current += line + "\n"
            guard line.hasSuffix(";") else { continue }
            current.removeLast(2)
            statements.append(replacingPrefix(in: current, with: prefix))
            current = ""
        }
        return statements
    }

    private static func replacingPrefix(in sql: String, with prefix: String) -> String {
        var result = ""
        var rest = sql[...]
        while let brace = rest.firstIndex(of: "{"), let end = rest[brace...].firstIndex(of: "}") {
            result += rest[..<brace] + prefix
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
