/// The code behind a listener's `type`: describes its settings once, and makes listeners from them.
///
/// The description drives validation, masking, documentation and forms; nothing else lists a transport's settings.
public protocol Transport: Sendable {
    /// The value of `type` in the configuration: the folder's name under `listeners/`, and a metric label.
    var type: String { get }
    /// One line for the documentation.
    var summary: String { get }
    /// Every setting that the transport has, in the order they are documented.
    var settings: [Setting] { get }

    /// Makes a listener.
    ///
    /// - Parameters:
    ///   - name: the listener's name in the configuration.
    ///   - settings: values already validated against ``settings``, defaults filled in.
    /// - Throws: ``SettingError`` where values are each well-formed but do not go together, or name a file that is not there.
    func makeListener(name: String, settings: SettingValues) throws -> any Listener
}
