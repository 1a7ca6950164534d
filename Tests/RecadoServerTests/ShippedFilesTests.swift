import CurlClient
import EventQueue
import Foundation
import ListenerKit
import Logging
import ServerConfiguration
import Testing

@testable import RecadoServer

@Suite("The files that are shipped")
struct ShippedFilesTests {
    private let package: String
    private let transports: [any Transport]
    private let clients: TransferClients

    init() {
        package =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        clients = TransferClients(logger: Logger(label: "test"))
        transports = DefaultListeners.transports(
            clients: clients, templatesDirectory: package + "/config/templates")
    }

    @Test("config/recado.yaml works as it is, with every listener switched on")
    func configuration() async throws {
        for environment in [[:], ["RECADO_LISTENERS_CRM_ENABLED": "true", "RECADO_LISTENERS_AUDIT_ENABLED": "true"]] {
            let configuration = try ServerConfiguration.load(
                path: package + "/config/recado.yaml", environment: environment, transports: transports)
            let subscriptions = try Installation.subscriptions(of: configuration, clients: clients)
            #expect(subscriptions.active(for: "appointment.saved") == ["email"])
            #expect(subscriptions.listeners.count == (environment.isEmpty ? 1 : 3))
        }
        await clients.shutdown()
    }

    @Test("deliveries are spread over no more lanes than are looked into")
    func mostSharedLanes() async throws {
        await clients.shutdown()
        func read(_ lanes: Int) throws -> ServerConfiguration {
            try ServerConfiguration.load(
                path: package + "/config/recado.yaml", environment: ["RECADO_WORKER_KEYLESS_LANES": "\(lanes)"],
                transports: transports)
        }
        #expect(try read(LaneKey.maximumShared).worker.keylessLanes == LaneKey.maximumShared)
        #expect(throws: ConfigurationError.self) { try read(LaneKey.maximumShared + 1) }
    }

    @Test("docs/configuration.md is what the program says")
    func reference() async throws {
        await clients.shutdown()
        let path = package + "/docs/configuration.md"
        let expected = ConfigurationReference.markdown(transports: transports)
        if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTATION"] != nil {
            try Data(expected.utf8).write(to: URL(fileURLWithPath: path))
        }
        let actual = try String(contentsOfFile: path, encoding: .utf8)
        #expect(actual == expected, "regenerate it: UPDATE_DOCUMENTATION=1 swift test --filter ShippedFilesTests")
    }

    @Test("docs/operations.md names each table that the database's user needs")
    func tables() async throws {
        await clients.shutdown()
        let text = try String(contentsOfFile: package + "/docs/operations.md", encoding: .utf8)
        for table in Tables().all { #expect(text.contains("`\(table)`"), "\(table)") }
    }

    @Test("no transport has a setting that every listener has")
    func reservedSettings() async {
        await clients.shutdown()
        let common: Set = ["type", "enabled", "timeout", "max_in_flight", "max_attempts"]
        for transport in transports {
            #expect(common.isDisjoint(with: transport.settings.map(\.name)), "\(transport.type)")
        }
    }
}
