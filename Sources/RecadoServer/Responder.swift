import Dispatching
import EventWorker
import FastCGIFront
import HTTPFront
import Logging
import MariaDBClient
import Neighbours
import Observability
import ServerConfiguration
import ServiceLifecycle

/// What accepts: both wires, the group commit, and deliveries within requests.
struct Responder: Sendable {
    let services: [any Service]
    private let committer: GroupCommitter
    private let reading: Database

    init(_ installation: Installation, directory: Neighbours.RuntimeDirectory?) throws {
        let server = installation.configuration.server
        let logger = installation.logger
        let doorbell = directory.map { Doorbell(in: $0) }
        committer = GroupCommitter(
            database: installation.database, tables: installation.tables,
            limits: .init(events: server.buffer, bytes: server.bufferBytes), logger: logger,
            onCommit: { doorbell?.ring() })
        let sync = SyncDeliverer(
            installation.workerContext(directory: directory, shutdownGrace: server.shutdownGrace),
            accept: { [committer] in try await committer.accept($0) })
        reading = Database(installation.database, name: "reading")
        let keys = AccessKeys(server.keys.map(AccessKeys.Key.init))
        let handler = DispatchService(
            .init(
                keys: keys, limits: installation.dispatchLimits, syncTimeout: server.syncTimeout,
                tables: installation.tables),
            committer: committer, sync: sync, reading: reading, subscriptions: installation.subscriptions,
            logger: logger)
        if keys.isEmpty {
            logger.notice("no keys are configured: only a unix socket and loopback are served")
        }
        services = [sync] + (try Self.fronts(server, handler: handler, logger: logger))
    }

    /// Answers what is still waiting for its commit, once nothing more comes in.
    func finish() async {
        await committer.drain()
        await reading.close()
    }

    private static func fronts(
        _ server: ServerConfiguration.Server, handler: DispatchService, logger: Logger
    ) throws -> [any Service] {
        var fronts: [any Service] = []
        if let address = server.fastCGI {
            var configuration: FastCGIConfiguration
            switch address {
            case .unix(let path):
                configuration = FastCGIConfiguration(
                    address: .unixSocket(path: path, mode: UInt16(server.socketMode), group: server.socketGroup))
            case .tcp(let host, let port):
                configuration = FastCGIConfiguration(address: .tcp(host: host, port: port))
            case .inherited:
                configuration = FastCGIConfiguration(address: .inherited)
            }
            configuration.readerThreads = server.readers
            configuration.maximumConnections = server.maxConnections
            configuration.maximumBodyBytes = server.maxBody
            fronts.append(FastCGIFront(configuration: configuration, handler: handler, logger: logger))

        }
        if case .tcp(let host, let port)? = server.http {
            fronts.append(
                HTTPFront(
                    host: host, port: port, maximumBodyBytes: server.maxBody, maximumConnections: server.maxConnections,
                    handler: handler, logger: logger
                ) {
                    logger.notice("serving HTTP", metadata: [LogKeys.address: "\(host):\($0)"])
                })
        }
        guard !fronts.isEmpty else { throw NothingToServe() }
        return fronts
    }

    private struct NothingToServe: Error, CustomStringConvertible {
        let description = "server.fastcgi and server.http are both empty: there is nothing to listen on"
    }
}

extension AccessKeys.Key {
    init(_ key: AccessKey) {
        self.init(
            name: key.name, key: key.key.revealed,
            purposes: Set(key.purposes.compactMap { AccessKeys.Purpose(rawValue: $0.rawValue) }), tenant: key.tenant)
    }
}
