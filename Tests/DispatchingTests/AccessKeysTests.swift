import Testing

@testable import Dispatching

@Suite struct AccessKeysTests {
    private let keys = AccessKeys([
        .init(name: "app", key: "secret-app", purposes: [.dispatch]),
        .init(name: "eye", key: "secret-eye", purposes: [.read]),
        .init(name: "root", key: "secret-root", purposes: [.admin]),
    ])

    @Test(
        arguments: [
            ("Bearer secret-app", AccessKeys.Purpose.dispatch, 0), ("bearer  secret-app", .dispatch, 0),
            ("Bearer secret-app", .read, 403), ("Bearer secret-eye", .dispatch, 403), ("Bearer secret-root", .read, 0),
            ("Bearer secret-root", .dispatch, 0), ("Bearer secret-ap", .dispatch, 401), ("Bearer ", .dispatch, 401),
            ("Bearer", .dispatch, 401), ("Basic secret-app", .dispatch, 401), ("secret-app", .dispatch, 401),
            (nil, .dispatch, 401),
        ] as [(String?, AccessKeys.Purpose, Int)])
    func `a key opens what it is for`(_ header: String?, purpose: AccessKeys.Purpose, status: Int) {
        #expect(answer(keys, header, purpose, .unixSocket) == status)
    }

    @Test(arguments: [(Request.Peer.unixSocket, 0), (.loopback, 0), (.remote, 403)])
    func `without any key only neighbours are served`(_ peer: Request.Peer, status: Int) {
        #expect(answer(AccessKeys([]), nil, .dispatch, peer) == status)
        #expect(answer(AccessKeys([]), "Bearer x", .dispatch, peer) == status)
    }

    @Test func `without any key no page in a browser of this machine is served`() {
        let request = Request(
            method: "POST", path: "/dispatch", headers: ["origin": "https://example.com"], peer: .loopback)
        #expect(throws: ErrorAnswer.self) { _ = try AccessKeys([]).check(request, for: .dispatch) }
    }

    private func answer(_ keys: AccessKeys, _ header: String?, _ purpose: AccessKeys.Purpose, _ peer: Request.Peer)
        -> Int
    {
        let headers: HeaderFields = header.map { ["authorization": $0] } ?? [:]
        do {
            _ = try keys.check(Request(method: "POST", path: "/dispatch", headers: headers, peer: peer), for: purpose)
            return 0
        } catch {
            return error.status
        }
    }
}
