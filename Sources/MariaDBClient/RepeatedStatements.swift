/// The statements of scripts that are asked again and again: the server keeps them under a name, and does not parse them each time, which
/// is a third of what a statement about one row costs.
struct RepeatedStatements {
    /// What to send of a statement.
    enum Form {
        /// The statement itself.
        case whole
        /// `EXECUTE name USING values`.
        case named(String, [Script.Value])
        /// The same, once the server has been told what `name` stands for.
        case new(String, [Script.Value], prepare: String)
    }

    private enum State {
        case seen(times: Int)
        case kept(name: String)
        /// The server does not keep it.
        case refused
    }

    /// Who asks once or twice, as a cron run does, gains nothing.
    private static let usesToName = 3
    /// How much of the server's memory a connection takes.
    private static let limit = 64
    /// Shorter ones are parsed as fast as an `EXECUTE`, longer ones are hardly ever the same.
    private static let lengths = 40...1024

    private var states: [String: State] = [:]
    private var kept = 0

    /// Says what to send of a statement, and counts it.
    mutating func form(of statement: Script.Statement) -> Form {
        let sql = statement.sql
        guard Self.lengths.contains(sql.utf8.count), let values = statement.singleValues else { return .whole }
        switch states[sql] {
        case .kept(let name): return .named(name, values)
        case .refused: return .whole
        case .seen(let times) where times + 1 >= Self.usesToName && kept < Self.limit:
            let name = "recado_\(kept + 1)"
            return .new(name, values, prepare: statement.preparation(as: name))
        case .seen(let times): states[sql] = .seen(times: times + 1)
        case nil: if states.count < 4 * Self.limit { states[sql] = .seen(times: 1) }
        }
        return .whole
    }

    /// Notes that the server keeps a statement.
    mutating func keep(_ statement: Script.Statement, as name: String) {
        kept += 1
        states[statement.sql] = .kept(name: name)
    }

    /// Notes that the server has refused to keep a statement, for good.
    mutating func refuse(_ statement: Script.Statement) {
        states[statement.sql] = .refused
    }
}

extension Script.Statement {
    /// The values, where they are single ones or lists of one.
    ///
    /// Not those of a table of `VALUES`: MariaDB gives its columns their types when it prepares the statement, from what stands beside
    /// the `?`, and cuts larger numbers to fit (seen with 10.11: 5,000,000,000 became 2,147,483,647 beside a 0).
    fileprivate var singleValues: [Script.Value]? {
        var singles: [Script.Value] = []
        for value in values {
            switch value {
            case .integer, .text: singles.append(value)
            case .list(let list), .among(_, let list):
                guard list.count == 1 else { return nil }
                singles.append(.integer(list[0]))
            case .pairs, .rows: return nil
            }
        }
        return singles
    }

    /// The statement that tells the server what `name` stands for. It takes ``singleValues``.
    fileprivate func preparation(as name: String) -> String {
        var rest = values[...]
        let template = sql.split(separator: "?", omittingEmptySubsequences: false).reduce(into: "") { text, part in
            text += part
            switch rest.popFirst() {
            case .among(let column, _): text += "\(column) = ?"
            case .integer, .text, .list, .pairs, .rows: text += "?"
            case nil: break
            }
        }
        precondition(!template.contains("\\"), "a backslash would have to be written twice")
        return
            "PREPARE \(name) FROM '\(template.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
    }
}
