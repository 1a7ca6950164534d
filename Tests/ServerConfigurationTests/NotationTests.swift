import Testing

@testable import ServerConfiguration

@Suite("Notation")
struct NotationTests {
    @Test(
        "a duration is a number and a unit",
        arguments: [
            ("100ms", Duration.milliseconds(100)), ("30s", .seconds(30)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
            ("7d", .seconds(604_800)), ("1w", .seconds(604_800)), ("0", .zero), ("0s", .zero),
            ("1.5d", .seconds(129_600)),
            ("0.5w", .seconds(302_400)), ("2.5s", .milliseconds(2500)),
        ])
    func duration(text: String, expected: Duration) {
        #expect(DurationText.parse(text) == expected)
    }

    @Test(
        "what is no duration is refused",
        arguments: [
            "", "s", "30", "-1s", "1 s", "1S", ".5d", "1.d", "1.1.1d", "1e3s", "٣s", "1h30m", "99999999999999w",
            "1.-5d",
            "1.0000000001s", "+1s",
        ])
    func noDuration(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "a duration is written in the largest unit that holds it",
        arguments: ["0s", "50ms", "15s", "90s", "2m", "15m", "1h", "7d", "30d", "1500ms"])
    func durationWritten(text: String) throws {
        #expect(DurationText.write(try #require(DurationText.parse(text))) == text)
    }

    @Test(
        "a size is bytes or has a binary unit",
        arguments: [
            ("0", 0), ("4096", 4096), ("12B", 12), ("512KiB", 524_288), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648),
        ])
    func size(text: String, expected: Int) {
        #expect(SizeText.parse(text) == expected)
    }

    @Test(
        "what is no size is refused",
        arguments: ["", "MiB", "1M", "1MB", "1 MiB", "-1", "1.5MiB", "9999999999GiB", "٣"])
    func noSize(text: String) {
        #expect(SizeText.parse(text) == nil)
    }

    @Test("a size is written in the largest unit that holds it", arguments: ["0", "1000", "512KiB", "64MiB", "3GiB"])
    func sizeWritten(text: String) throws {
        #expect(SizeText.write(try #require(SizeText.parse(text))) == text)
    }

    @Test("a misspelt word finds its neighbour")
    func distance() {
        #expect(EditDistance.nearest(to: "tpye", among: ["timeout", "type"]) == "type")
        #expect(EditDistance.nearest(to: "HOST", among: ["port", "host"]) == "host")
        #expect(EditDistance.nearest(to: "whatever", among: ["type", "host"]) == nil)
        #expect(EditDistance.nearest(to: "", among: ["type"]) == nil)
        #expect(EditDistance.between(Array("kitten"), Array("sitting")) == 3)
        #expect(EditDistance.between(Array("ab"), Array("ba")) == 1)
    }

    @Test("variables are replaced, two dollar signs are one")
    func variables() throws {
        let environment = ["NAME": "value", "NESTED": "${NAME}", "EMPTY": ""]
        func expand(_ text: String) throws -> String { try VariableText.expand(text, environment: environment) }
        #expect(try expand("a ${NAME} b${EMPTY}") == "a value b")
        #expect(try expand("$${NAME} $5 $") == "${NAME} $5 $")
        #expect(try expand("${NESTED}") == "${NAME}")
        #expect(throws: VariableText.Failure(message: "the environment variable MISSING is not set")) {
            try expand("${MISSING}")
        }
        #expect(throws: VariableText.Failure.self) { try expand("${NAME") }
    }

    @Test("a listening address is a socket, a host with a port, or inherited")
    func addresses() {
        #expect(ListeningAddress("unix:/run/r.sock") == .unix(path: "/run/r.sock"))
        #expect(ListeningAddress("127.0.0.1:9100") == .tcp(host: "127.0.0.1", port: 9100))
        #expect(ListeningAddress("[::1]:80") == .tcp(host: "::1", port: 80))
        #expect(ListeningAddress("inherited") == .inherited)
        for text in [
            "", "unix:", "unix:relative", "9100", ":9100", "host:", "host:65536", "::1:80", "a b:1", "http://a:80",
        ] {
            #expect(ListeningAddress(text) == nil, "\(text)")
        }
        for text in ["unix:/a", "localhost:1", "127.9.9.9:1", "[::1]:1", "inherited"] {
            #expect(ListeningAddress(text)?.isLocal == true, "\(text)")
        }
        for text in ["0.0.0.0:1", "127.0.0.1.example.com:1", "[::]:1", "10.0.0.1:1"] {
            #expect(ListeningAddress(text)?.isLocal == false, "\(text)")
        }
    }

    @Test("a secret shows nothing of itself")
    func secrets() {
        let secret = Secret("hush")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret) \(String(reflecting: secret)) \(dumped)".contains("hush") == false)
        #expect(secret.revealed == "hush")
    }
}
