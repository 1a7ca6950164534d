public import ListenerKit

/// Writes `docs/configuration.md` from the keys' table and the transports' descriptions.
public enum ConfigurationReference {
    /// The whole page.
    public static func markdown(transports: [any Transport]) -> String {
        var parts = [introduction]
        for section in ConfigurationKey.sections {
            let keys = ConfigurationKey.all.filter { $0.section == section.name }
            parts.append("## \(section.name)\n\n\(section.summary)\n\n" + table(of: keys))
        }
        parts.append(eventListeners)
        parts.append(listeners)
        parts += transports.map { transport in
            "### type: \(transport.type)\n\n\(transport.summary)\n\n" + table(of: transport.settings)
        }
        return parts.joined(separator: "\n")
    }

    private static func table(of keys: [ConfigurationKey]) -> String {
        let rows = keys.map { key in
            row([
                "`\(key.path)`", key.format, key.isSecret ? "none" : code(key.defaultText),
                "`\(EnvironmentVariables.name(of: key.path))`", key.summary,
            ])
        }
        return heading(["key", "takes", "default", "environment", "what it does"]) + rows.joined()
    }

    private static func table(of settings: [Setting]) -> String {
        let rows = settings.map { setting in
            let format = ValueFormat<SettingValues.Value>.setting(setting.kind).summary
            return row([
                "`\(setting.name)`", format + (setting.isSecret ? ", secret" : ""),
                setting.isRequired ? "required" : code(setting.defaultValue), setting.summary,
            ])
        }
        return heading(["setting", "takes", "default", "what it does"]) + rows.joined()
    }

    private static func code(_ text: String?) -> String {
        guard let text, text != "\"\"" else { return "none" }
        return "`\(text)`"
    }

    private static func heading(_ cells: [String]) -> String {
        row(cells) + row(cells.map { _ in "---" })
    }

    private static func row(_ cells: [String]) -> String {
        "| "
            + cells.map { $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }.joined(
                separator: " | ") + " |\n"
    }

    private static let introduction = """
        # Configuration

        This page is generated from the program; `config/recado.yaml` shows every key in use.

        - **The file** is the one named by `--config`, else by the variable `RECADO_CONFIG`, else the first that there is of
          `config/recado.yaml` here, `config/recado.yaml` beside or above the program, and `/etc/recado/recado.yaml`. It is YAML
          in UTF-8, at most 1 MiB. Everything in it is checked before anything starts, and every mistake is named with its line.
        - **The environment wins** over the file: each key has its variable. A blank variable counts as not set. Lists may be
          written with commas (`0s,10s`), lists and mappings also as JSON. An unknown `RECADO_…` variable is a mistake.
        - **`${NAME}`** in a value is replaced by the environment variable, which must be set; `$$` is a dollar sign.
        - **Secrets** may stand in a file of their own: `password_file: /run/secrets/password` instead of `password`. One
          newline at its end is not part of the secret. They are never shown or logged.
        - **Durations** are a number and a unit: `100ms`, `30s`, `2m`, `1h`, `7d`, `1w`, also `1.5d`. **Sizes** are bytes,
          or have `KiB`, `MiB` or `GiB` behind them.
        - A key with nothing behind it has its default. Relative paths start from the folder of the file; only the `command` of an
          `exec` listener is left as it is.
        - `recado config show` prints what is in force and where each value comes from; `recado config check` only checks.

        """

    private static let eventListeners = """
        ## event_listeners

        Which listeners hear of which event. None of them waits for another, so their order says nothing about who is reached first:

        ```yaml
        event_listeners:
          appointment.saved: [email, crm]
          "*": audit
        ```

        An event has its own listeners and those of `*`, each once. Spelling variants of a name (`messages.upsert`,
        `messages-upsert`, `MESSAGES_UPSERT`) are the same event. Variable: `RECADO_EVENT_LISTENERS`, as JSON.

        """

    private static let listeners = """
        ## listeners

        A mapping of names (1 to 64 letters, digits, `_`, `-`) to settings. The variable of a setting is
        `RECADO_LISTENERS_<NAME>_<SETTING>`, with `-` as `_`: `RECADO_LISTENERS_MAIL_HOST`.
        These settings exist for every type:


        """ + table(of: ListenerSettings.common)
}
