// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A library target of ours under `Sources/`, with the settings that every target shares.
func module(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: settings)
}

/// A transport: `listeners/<type>/`, named after the `type` that the configuration file uses.
func listener(_ name: String, in folder: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name,
        dependencies: ["EventModel", "ListenerKit"] + dependencies,
        path: "listeners/\(folder)",
        exclude: ["README.md"],
        swiftSettings: settings
    )
}

/// The tests of one module, or of the whole product.
func tests(_ name: String, uses dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let collections = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "recado",
    products: [.executable(name: "recado", targets: ["recado"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CFastCGI", path: "Sources/CLibraries/CFastCGI", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]
        ),
        .systemLibrary(
            name: "CMariaDB", path: "Sources/CLibraries/CMariaDB", pkgConfig: "libmariadb",
            providers: [.apt(["libmariadb-dev"])]),
        .target(name: "CCurl", path: "Sources/CLibraries/CCurl"),
        .systemLibrary(name: "CMalloc", path: "Sources/CLibraries/CMalloc"),
        .systemLibrary(name: "CPoll", path: "Sources/CLibraries/CPoll"),
        .systemLibrary(name: "CSpawn", path: "Sources/CLibraries/CSpawn"),

        // Values and their rules.
        module("EventModel"),
        module("ListenerKit", uses: ["EventModel", crypto, logging]),
        module("RequestSigning", uses: [crypto]),

        // The C libraries, each behind one Swift module.
        module("BlockingWork", uses: ["CPoll"]),
        module("Neighbours"),
        module("MariaDBClient", uses: ["BlockingWork", "CMariaDB"]),
        module("CurlClient", uses: ["BlockingWork", "CCurl", logging]),

        // The queue and the two halves of the product: accepting and delivering.
        .target(
            name: "Migrations", path: "sql",
            resources: [
                .embedInCode("001_event_queue.up.sql"), .embedInCode("001_event_queue.down.sql"),
                .embedInCode("002_lanes.up.sql"), .embedInCode("002_lanes.down.sql"),
                .embedInCode("003_history.up.sql"), .embedInCode("003_history.down.sql"),
                .embedInCode("004_parts.up.sql"), .embedInCode("004_parts.down.sql"),
            ], swiftSettings: settings),
        module("EventQueue", uses: ["EventModel", "MariaDBClient", "Migrations"]),
        module(
            "Dispatching",
            uses: [
                "BlockingWork", "EventModel", "EventQueue", "EventWorker", "ListenerKit", "MariaDBClient", "Neighbours",
                "Observability",
                crypto, logging,
            ]),
        module(
            "EventWorker",
            uses: [
                "BlockingWork", "EventModel", "EventQueue", "ListenerKit", "MariaDBClient", "Neighbours",
                "Observability",
                collections, logging, lifecycle,
            ]),
        module("FastCGIFront", uses: ["CFastCGI", "BlockingWork", "Dispatching", logging, lifecycle]),
        module(
            "HTTPFront",
            uses: [
                "Dispatching", logging, lifecycle, .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]),

        // Transports.
        listener("WebhookListener", in: "webhook", uses: ["CurlClient", "RequestSigning"]),
        listener(
            "EmailListener", in: "email", uses: ["CurlClient", .product(name: "Mustache", package: "swift-mustache")]),
        listener("DiscardListener", in: "discard"),
        listener("ExecListener", in: "exec", uses: [.product(name: "Subprocess", package: "swift-subprocess")]),

        // Running it.
        module("Observability", uses: ["EventModel", logging]),
        module("ServerConfiguration", uses: ["EventModel", "ListenerKit", .product(name: "Yams", package: "Yams")]),
        module("PrivateDatabase", uses: ["BlockingWork", "CSpawn", logging]),
        module(
            "RecadoServer",
            uses: [
                "BlockingWork", "CMalloc", "CurlClient", "DiscardListener", "Dispatching", "EmailListener",
                "EventModel", "EventQueue", "EventWorker", "ExecListener", "FastCGIFront", "HTTPFront", "ListenerKit",
                "MariaDBClient", "Neighbours", "Observability", "PrivateDatabase", "ServerConfiguration",
                "WebhookListener", logging, lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "recado",
            dependencies: [
                "Dispatching", "EventModel", "EventQueue", "EventWorker", "Migrations", "Observability",
                "PrivateDatabase", "RecadoServer", "ServerConfiguration",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/recado", swiftSettings: settings),

        // What tests share: real servers, sinks on loopback, a queue of their own.
        .target(
            name: "LoopbackServers", dependencies: ["BlockingWork"], path: "Tests/LoopbackServers",
            swiftSettings: settings),
        .target(
            name: "TestServers", dependencies: ["PrivateDatabase", logging], path: "Tests/TestServers",
            exclude: ["Scripts"], swiftSettings: settings),
        .target(
            name: "QueueFixtures",
            dependencies: [
                "EventModel", "EventQueue", "EventWorker", "ListenerKit", "MariaDBClient", "PrivateDatabase",
                "TestServers", logging, lifecycle,
            ], path: "Tests/QueueFixtures", swiftSettings: settings),

        // Tests, one target per module, and the product as a whole.
        tests("EventModelTests", uses: ["EventModel"]),
        tests("ListenerKitTests", uses: ["EventModel", "ListenerKit"]),
        tests("RequestSigningTests", uses: ["RequestSigning"]),
        tests("NeighboursTests", uses: ["BlockingWork", "Neighbours", "TestServers"]),
        tests(
            "MariaDBClientTests",
            uses: ["LoopbackServers", "MariaDBClient", "PrivateDatabase", "QueueFixtures", "TestServers"]),
        tests("CurlClientTests", uses: ["CurlClient", "LoopbackServers", "TestServers", logging]),
        tests(
            "EventQueueTests",
            uses: ["EventModel", "EventQueue", "MariaDBClient", "Migrations", "PrivateDatabase", "QueueFixtures"]),
        tests(
            "EventWorkerTests",
            uses: [
                "EventModel", "EventQueue", "EventWorker", "ListenerKit", "MariaDBClient", "Neighbours",
                "PrivateDatabase", "QueueFixtures", "TestServers", logging, lifecycle,
            ]),
        tests(
            "DispatchingTests",
            uses: [
                "Dispatching", "EventModel", "EventQueue", "EventWorker", "ListenerKit", "MariaDBClient",
                "PrivateDatabase", "QueueFixtures", "TestServers", logging,
            ]),
        tests("FastCGIFrontTests", uses: ["FastCGIFront", "BlockingWork", "Dispatching", logging, lifecycle]),
        tests("HTTPFrontTests", uses: ["HTTPFront", "BlockingWork", "Dispatching", logging, lifecycle]),
        tests(
            "ListenerTests",
            uses: [
                "CurlClient", "DiscardListener", "EmailListener", "EventModel", "ExecListener", "ListenerKit",
                "LoopbackServers",
                "RequestSigning", "WebhookListener", logging,
            ]),
        tests("ObservabilityTests", uses: ["Observability", logging]),
        tests("ServerConfigurationTests", uses: ["ServerConfiguration", "ListenerKit"]),
        tests("PrivateDatabaseTests", uses: ["PrivateDatabase", "TestServers", logging]),
        tests("TestServersTests", uses: ["PrivateDatabase", "TestServers"]),
        tests(
            "RecadoServerTests",
            uses: ["CurlClient", "EventQueue", "ListenerKit", "RecadoServer", "ServerConfiguration", logging]),
        tests(
            "FuzzTests",
            uses: [
                "CurlClient", "Dispatching", "EmailListener", "EventModel", "EventQueue", "ExecListener",
                "FastCGIFront",
                "ListenerKit", "ServerConfiguration", "WebhookListener", logging,
            ]),
        tests("CommandTests", uses: ["recado", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        tests("EndToEndTests", uses: ["CurlClient", "PrivateDatabase", "TestServers", "recado", logging]),
    ],
    swiftLanguageModes: [.v6]
)
