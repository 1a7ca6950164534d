extension ValueFormat where Value == [AccessKey] {
    /// The list under `server.keys`. By the time it is read, `key_file` has become `key`.
    static let accessKeys = ValueFormat(
        summary: "list of `{name, key, purposes, tenant}`",
        read: { written, problems in
            guard let written = written.unfolded(&problems) else { return nil }
            guard case .list(let elements) = written.content else {
                problems.append(written.problem("must be a list of keys, but is \(written.concealed().noun)"))
                return nil
            }
            let count = problems.count
            var keys: [AccessKey] = []
            for element in elements {
                guard let key = accessKey(element, &problems) else { continue }
                if keys.contains(where: { $0.name == key.name }) {
                    problems.append(element.problem("the name \"\(key.name)\" stands twice"))
                }
                if let other = keys.first(where: { $0.key == key.key }) {
                    problems.append(element.problem("this key is the one of \"\(other.name)\" too"))
                }
                keys.append(key)
            }
            return problems.count == count ? keys : nil
        },
        write: { keys in
            if keys.isEmpty { return nil }
            return "[" + keys.map(write).joined(separator: ", ") + "]"
        })

    private static func write(_ key: AccessKey) -> String {
        let purposes = AccessKey.Purpose.allCases.filter { key.purposes.contains($0) }.map(\.rawValue)
        let name = YAMLText.flow(key.name)
        let tenant = key.tenant.map { ", tenant: \(YAMLText.flow($0))" } ?? ""
        return "{name: \(name), key: \"\(Secret.mask)\", purposes: [\(purposes.joined(separator: ", "))]\(tenant)}"
    }

    private static func accessKey(_ written: WrittenValue, _ problems: inout [ConfigurationProblem]) -> AccessKey? {
        guard case .mapping(let entries) = written.content else {
            problems.append(
                written.problem(
                    "must be a mapping of name, key, purposes and tenant, but is \(written.concealed().noun)"))
            return nil
        }
        let count = problems.count
        var name: String?
        var key: Secret?
        var purposes: [AccessKey.Purpose] = [.dispatch]
        var tenant: String?
        for entry in entries where !entry.value.isNothing || entry.name == "tenant" {
            switch entry.name {
            case "name":
                name = ValueFormat<String>.text("text", rule: "1 to 64 characters") { (1...64).contains($0.count) }
                    .read(entry.value, &problems)
            case "key":
                key = ValueFormat<Secret>.accessKey.read(entry.value.concealed(), &problems)
            case "purposes":
                purposes =
                    ValueFormat<[AccessKey.Purpose]>.list(of: .word, summary: "", splitsCommas: true)
                    .read(entry.value, &problems) ?? []
            case "tenant":
                tenant = ValueFormat<String>.text("text", rule: "1 to 191 characters, none of them a control character")
                {
                    (1...191).contains($0.unicodeScalars.count)
                        && !$0.unicodeScalars.contains { $0.properties.generalCategory == .control }
                }.read(entry.value, &problems)
            default:
                let names = ["name", "key", "key_file", "purposes", "tenant"]
                problems.append(.unknown(entry, in: written.key, among: names))
            }
        }
        guard problems.count == count else { return nil }
        guard let name else {
            problems.append(written.problem("\"name\" is missing"))
            return nil
        }
        guard let key else {
            problems.append(written.problem("\"key\" is missing"))
            return nil
        }
        return AccessKey(name: name, key: key, purposes: Set(purposes), tenant: tenant)
    }
}

extension ValueFormat where Value == Secret {
    fileprivate static let accessKey = scalar(
        "secret", noun: "a text",
        read: { text throws(Malformed) in
            guard text.utf8.count >= AccessKey.minimumLength else {
                throw Malformed(
                    message:
                        "must have at least \(AccessKey.minimumLength) characters; make one with: openssl rand -hex 24",
                    showsValue: false)
            }
            // Nobody could send another one: RFC 6750, section 2.1.
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw Malformed(message: "must be visible ASCII without spaces", showsValue: false)
            }
            return Secret(text)
        },
        write: { _ in Secret.mask })
}

extension ConfigurationProblem {
    /// A key that means nothing where it stands.
    static func unknown(
        _ entry: WrittenValue.Entry, in section: String, among names: some Sequence<String>
    ) -> ConfigurationProblem {
        ConfigurationProblem(
            place: entry.place, key: section.isEmpty ? entry.name : "\(section).\(entry.name)", message: "unknown key",
            suggestion: EditDistance.nearest(to: entry.name, among: names))
    }
}
