public import ListenerKit

extension ServerConfiguration {
    /// The values in force as YAML, secrets as `***`, each with the place that it comes from in a comment.
    ///
    /// - Parameter transports: those the configuration was loaded with; they say which settings are secrets.
    public func masked(transports: [any Transport]) -> String {
        var lines = ["# \(file ?? "no file")"]
        for section in ConfigurationKey.sections {
            lines.append("\(section.name):")
            for key in ConfigurationKey.all where key.section == section.name {
                lines.append(line(key.name, key.written(self), at: key.path, indentation: 2))
            }
        }
        lines.append("event_listeners:")
        for route in eventListeners.routes {
            let names = route.listeners.map(YAMLText.flow).joined(separator: ", ")
            lines.append("  \(YAMLText.flow(route.event)): [\(names)]  # \(route.place)")
        }
        lines.append("listeners:")
        for listener in listeners {
            lines.append("  \(YAMLText.flow(listener.name)):")
            lines += settingLines(of: listener, transports.first { $0.type == listener.type })
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func settingLines(of listener: ListenerConfiguration, _ transport: (any Transport)?) -> [String] {
        let path = "listeners.\(listener.name)"
        let common = [
            ("type", YAMLText.scalar(listener.type)),
            ("enabled", listener.isEnabled ? "true" : "false"),
            ("timeout", DurationText.write(listener.timeout)),
            ("max_in_flight", "\(listener.maxInFlight)"),
            ("max_attempts", listener.maxAttempts.map { "\($0)" }),
        ]
        let own = (transport?.settings ?? []).map { setting in
            let value = listener.settings.value(of: setting)
            let text = value.flatMap(ValueFormat<SettingValues.Value>.setting(setting.kind).write)
            return (setting.name, setting.isSecret && text != nil ? "\"\(Secret.mask)\"" : text)
        }
        return (common + own).map { name, text in line(name, text, at: "\(path).\(name)", indentation: 4) }
    }

    private func line(_ name: String, _ text: String?, at path: String, indentation: Int) -> String {
        let key = String(repeating: " ", count: indentation) + name
        return "\(key): \(text ?? "null")  # \(places[path] ?? .defaults)"
    }
}
