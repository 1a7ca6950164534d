import ListenerKit

extension ConfigurationLoader {
    /// Reads what stands under `listeners`.
    mutating func readListeners(_ entries: [WrittenValue.Entry]) {
        for entry in entries {
            guard isListenerName(entry.name) else {
                problems.append(
                    ConfigurationProblem(
                        place: entry.place, key: "listeners.\(entry.name)",
                        message: "a listener's name has 1 to 64 letters, digits, \"_\" and \"-\""))
                continue
            }
            if let listener = listener(entry) { configuration.listeners.append(listener) }
        }
    }

    private mutating func listener(_ entry: WrittenValue.Entry) -> ListenerConfiguration? {
        let path = "listeners.\(entry.name)"
        guard let members = members(of: entry.value) else { return nil }
        var common: [String: SettingValues.Value] = [:]
        for setting in ListenerSettings.common {
            common[setting.name] = value(of: setting, path: path, in: members)
        }
        guard let transport = transport(of: entry, common["type"]) else { return nil }
        var settings: [String: SettingValues.Value] = [:]
        for setting in transport.settings {
            settings[setting.name] = value(of: setting, path: path, in: members)
            if setting.isRequired, settings[setting.name] == nil {
                reportMissing("\(path).\(setting.name)", "a listener of type \(transport.type) needs it", entry)
            }
        }
        reportUnknown(members, of: transport, path: path)
        let values = SettingValues(common)
        return ListenerConfiguration(
            name: entry.name,
            type: transport.type,
            isEnabled: values.boolean("enabled") ?? true,
            timeout: values.duration("timeout") ?? ListenerSettings.timeout,
            maxInFlight: values.integer("max_in_flight") ?? configuration.worker.maxInFlight,
            maxAttempts: values.integer("max_attempts"),
            settings: SettingValues(settings),
            position: entry.place)
    }

    private mutating func transport(of entry: WrittenValue.Entry, _ type: SettingValues.Value?) -> (any Transport)? {
        let key = "listeners.\(entry.name).type"
        let types = transports.map(\.type)
        guard case .string(let name) = type else {
            reportMissing(key, "it must be one of \(types.joined(separator: ", "))", entry)
            return nil
        }
        if let transport = transports.first(where: { $0.type == name }) { return transport }
        problems.append(
            ConfigurationProblem(
                place: configuration.places[key] ?? entry.place, key: key,
                message: "there is no type \"\(name)\"; it must be one of \(types.joined(separator: ", "))",
                suggestion: EditDistance.nearest(to: name, among: types)))
        return nil
    }

    /// Says that `key` is missing, unless something else was said about it already.
    private mutating func reportMissing(_ key: String, _ reason: String, _ entry: WrittenValue.Entry) {
        guard !problems.contains(where: { $0.key == key }) else { return }
        problems.append(ConfigurationProblem(place: entry.place, key: key, message: "is missing; \(reason)"))
    }

    /// What was written for a setting, else its default, else nil.
    private mutating func value(
        of setting: Setting, path: String, in members: [WrittenValue.Entry]
    ) -> SettingValues.Value? {
        let format = ValueFormat<SettingValues.Value>.setting(setting.kind)
        let key = "\(path).\(setting.name)"
        guard var written = value(setting.name, key: key, isSecret: setting.isSecret, in: members) else {
            return setting.parsedDefault
        }
        if setting.isSecret {
            guard let unfolded = written.unfolded(as: setting.kind, &problems) else { return nil }
            written = unfolded
        }
        let value = format.read(written, &problems)
        guard setting.kind == .path, case .string(let path) = value else { return value }
        return .string(ConfigurationFile.resolve(path, from: directory))
    }

    private mutating func reportUnknown(_ members: [WrittenValue.Entry], of transport: any Transport, path: String) {
        let names = (ListenerSettings.common + transport.settings).flatMap { setting in
            setting.isSecret ? [setting.name, setting.name + "_file"] : [setting.name]
        }
        for member in members where !names.contains(member.name) {
            problems.append(.unknown(member, in: path, among: names))
        }
    }

    private func isListenerName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }
}

extension Setting {
    /// The default as a value. That it can be read is the transport's own business, hence a trap where it cannot.
    var parsedDefault: SettingValues.Value? {
        guard let defaultValue else { return nil }
        var problems: [ConfigurationProblem] = []
        let written = WrittenValue(
            key: name, place: .defaults, content: .scalar(text: defaultValue, shown: defaultValue))
        let value = ValueFormat<SettingValues.Value>.setting(kind).read(written, &problems)
        precondition(value != nil, "the default of \(name) cannot be read: \(problems)")
        return value
    }
}

extension WrittenValue {
    /// What a file of secrets holds, as a value of this kind: a list has an element a line, a mapping is one in YAML.
    fileprivate func unfolded(as kind: Setting.Kind, _ problems: inout [ConfigurationProblem]) -> WrittenValue? {
        guard case .scalar(let text, let shown) = content else { return self }
        switch kind {
        case .list where text.contains(where: \.isNewline):
            let elements = text.split(whereSeparator: \.isNewline).map {
                WrittenValue(key: key, place: place, content: .scalar(text: String($0), shown: shown))
            }
            return WrittenValue(key: key, place: place, content: .list(elements))
        case .map:
            guard let value = try? YAMLReader.value(of: text, key: key, place: place) else {
                problems.append(problem("is no mapping in YAML"))
                return nil
            }
            return value.concealed()
        default: return self
        }
    }
}
