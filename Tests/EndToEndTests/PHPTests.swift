import FoundationEssentials
import TestServers
import Testing

extension EndToEnd {
    @Suite("A PHP app") struct PHPTests {
        @Test func `dispatches from the command line one event, several, and one that it waits for`() async throws {
            try await WebhookSink.with { sink in
                try await Self.withNginx(Self.goodAndBad(sink)) { site, url in
                    let output = try await PHPScript.run(Self.tour, at: url)
                    #expect(
                        output == """
                            dispatched pending
                            many pending, invalid_field event, pending
                            sync processed good=1
                            sync failed bad=rejected good=1
                            library true true false

                            """)
                    try await site.wait(
                        until: "SELECT COUNT(*) FROM event_queue WHERE status IN ('pending', 'processing')", is: 0)
                    let names = try await site.rows(
                        "SELECT event_name, status, request_id FROM event_queue ORDER BY id")
                    #expect(names.prefix(2) == ["ok.one\tprocessed\tphp-1", "ok.two\tprocessed\tphp-2"])
                }
            }
        }

        @Test func `dispatches from a page behind php-fpm and nginx`() async throws {
            try await WebhookSink.with { sink in
                try await Self.withNginx(Self.goodAndBad(sink)) { site, url in
                    try await Self.withPage(Self.page, at: url) { page in
                        for _ in 0..<3 {
                            #expect(try await Curl.post(page, "").body == "stored, page goes on\n")
                        }
                        #expect(try await sink.waitForRequests(count: 3).count == 3)
                        try await site.waitForProcessed(3)
                    }
                }
            }
        }

        @Test func `goes on with its page when the responder is away`() async throws {
            try await Site.with(Site.everything(to: "http://127.0.0.1:9/")) { site in
                // Nobody serves: nothing listens, and behind nginx there is no socket.
                let start = ContinuousClock.now
                try await Self.withPage(Self.page, at: site.url) { page in
                    let answer = try await Curl.post(page, "")
                    #expect(answer.status == 200)
                    #expect(answer.body == "not stored, page goes on\n")
                    #expect(ContinuousClock.now - start < .seconds(10))
                }
                #expect(try await PHPScript.run(Self.away, at: site.url) == "unavailable\n")
                try await WebServer.nginx.with(responder: .unixSocket(site.socketPath)) { running in
                    let output = try await PHPScript.run(Self.away, at: running.url)
                    #expect(output == "unavailable\n")
                }
            }
        }

        private static func goodAndBad(_ sink: WebhookSink) -> String {
            """
            event_listeners:
              ok.one: [good]
              ok.two: [good]
              half.bad: [good, bad]
            listeners:
            \(Site.webhook("good", sink.url("/good")))
            \(Site.webhook("bad", sink.url("/bad?status=400")))
            """
        }

        private static func withNginx(
            _ listeners: String, _ body: @Sendable (Site, _ url: String) async throws -> Void
        ) async throws {
            try await Site.with(listeners) { site in
                try await site.serve()
                _ = try site.start("work")
                try await WebServer.nginx.with(responder: .unixSocket(site.socketPath)) { running in
                    try await body(site, running.url)
                }
            }
        }

        /// Serves `script` by php-fpm, and calls `body` with the page's address.
        private static func withPage(
            _ script: String, at url: String, _ body: (String) async throws -> Void
        ) async throws {
            try await withTemporaryDirectory { directory in
                try PHPScript.page(script).write(
                    toFile: "\(directory)/page.php", atomically: false, encoding: .utf8)
                try await PHPServer.with(documentRoot: directory, environment: PHPScript.environment(url)) { running in
                    try await body("\(running.url)/page.php")
                }
            }
        }

        private static let tour = """
            $recado = new Recado\\Client(['url' => getenv('RECADO_URL'), 'key' => getenv('RECADO_KEY')]);
            $result = $recado->dispatch('ok.one', ['n' => 1.0, 'name' => 'José'], ['request_id' => 'php-1']);
            echo "dispatched {$result->status}\\n";
            $results = $recado->dispatchMany([
                ['event' => 'ok.two', 'payload' => ['n' => 2]],
                ['event' => '', 'payload' => ['n' => 3]],
                ['event' => 'nobody.listens', 'payload' => []],
            ], ['request_id' => 'php-2']);
            echo 'many ', implode(', ', array_map(static function ($result): string {
                return $result instanceof Recado\\Exception\\RejectedException
                    ? "{$result->errorCode} {$result->field}" : $result->status;
            }, $results)), "\\n";
            foreach (['ok.one' => 3, 'half.bad' => 1] as $event => $tries) {
                $result = $recado->dispatchSync($event, ['n' => 4], ['max_attempts' => $tries]);
                $listeners = [];
                foreach ($result->listeners as $listener) {
                    $listeners[] = $listener->name . '=' . ($listener->ok ? $listener->attempts : $listener->reason);
                }
                sort($listeners);
                echo "sync {$result->status} ", implode(' ', $listeners), "\\n";
            }
            $dispatcher = new Event_dispatcher();
            echo 'library ', json_encode($dispatcher->dispatch('ok.two', ['n' => 5])), ' ',
                json_encode($dispatcher->dispatch_sync('ok.two', ['n' => 6])), ' ',
                json_encode($dispatcher->dispatch_sync('half.bad', ['n' => 7])), "\\n";
            """

        private static let page = """
            $dispatcher = new Event_dispatcher();
            $isStored = $dispatcher->dispatch('ok.one', ['n' => 1]);
            echo $isStored ? 'stored' : 'not stored', ", page goes on\\n";
            """

        private static let away = """
            $recado = new Recado\\Client(['url' => getenv('RECADO_URL'), 'key' => getenv('RECADO_KEY')]);
            try {
                $recado->dispatch('ok.one', ['n' => 1]);
                echo "stored\\n";
            } catch (Recado\\Exception\\UnavailableException $error) {
                echo "unavailable\\n";
            }
            """
    }
}
