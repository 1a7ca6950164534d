import Dispatching
import Hummingbird
import NIOCore

/// What a request's connection tells about its peer.
struct ConnectionContext: InitializableFromSource {
    let peer: Dispatching.Request.Peer

    init(source: ApplicationRequestContextSource) {
        peer =
            switch source.channel.remoteAddress {
            case .v4(let address): Self.peer(ofIPv4: address.host)
            case .v6(let address): Self.peer(ofIPv6: address.host)
            case .unixDomainSocket: .unixSocket
            case nil: .remote
            }
    }

    private static func peer(ofIPv4 host: String) -> Dispatching.Request.Peer {
        host.hasPrefix("127.") ? .loopback : .remote
    }

    /// A socket for both families shows IPv4 peers as `::ffff:127.0.0.1`.
    private static func peer(ofIPv6 host: String) -> Dispatching.Request.Peer {
        host == "::1" || host.lowercased().hasPrefix("::ffff:127.") ? .loopback : .remote
    }
}
