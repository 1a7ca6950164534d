import ListenerKit

extension ValueFormat where Value == SettingValues.Value {
    /// The format of a transport's setting.
    static func setting(_ kind: Setting.Kind) -> Self {
        switch kind {
        case .string: string(.text)
        case .path: string(.path)
        case .url: string(.url)
        case .choice(let words): string(.choice(words))
        case .integer(let range):
            ValueFormat<Int>.integer(range).map(
                { .integer($0) }, back: { if case .integer(let it) = $0 { it } else { nil } })
        case .boolean:
            ValueFormat<Bool>.boolean.map({ .boolean($0) }, back: { if case .boolean(let it) = $0 { it } else { nil } })
        case .duration(let range):
            ValueFormat<Duration>.duration(range)
                .map({ .duration($0) }, back: { if case .duration(let it) = $0 { it } else { nil } })
        case .list:
            ValueFormat<[String]>.texts.map({ .list($0) }, back: { if case .list(let it) = $0 { it } else { nil } })
        case .map:
            ValueFormat<[String: String]>.map.map({ .map($0) }, back: { if case .map(let it) = $0 { it } else { nil } })
        }
    }

    private static func string(_ format: ValueFormat<String>) -> Self {
        format.map({ .string($0) }, back: { if case .string(let it) = $0 { it } else { nil } })
    }
}

extension SettingValues {
    /// The value of `setting`; nil where it is unset.
    func value(of setting: Setting) -> Value? {
        switch setting.kind {
        case .string, .path, .url, .choice: string(setting.name).map { .string($0) }
        case .integer: integer(setting.name).map { .integer($0) }
        case .boolean: boolean(setting.name).map { .boolean($0) }
        case .duration: duration(setting.name).map { .duration($0) }
        case .list: list(setting.name).isEmpty ? nil : .list(list(setting.name))
        case .map: map(setting.name).isEmpty ? nil : .map(map(setting.name))
        }
    }
}
