import os

import load
import web
from processes import Failed
from recado import Recado
from scenario import Metric, Scenario, Target

CLIENTS = 32
# A connection that nginx keeps holds a child, and each of its workers may keep some that it does not use: every client finds one.
CHILDREN = 2 * CLIENTS
RECADO = "recado"
THREADS = "(a) C, libfcgi threads"
EPOLL = "(a') C, epoll"
PLAIN = "(b) php-fpm, PDO"
PERSISTENT = "(b) php-fpm, persistent PDO"
SYMFONY = "(c) Symfony Messenger"


class Dispatch(Scenario):
    """Durable dispatches of one event each through the same nginx, to us and to what one would write instead."""
    name = "dispatch"
    title = f"Dispatch through nginx and FastCGI, {CLIENTS} clients, durable, 1 KB"
    metrics = [Metric("rate", "requests", "/s"), Metric("p99", "p99", "ms", 1), Metric("failed", "not 2xx", "")]
    targets = [
        Target("rate", RECADO, THREADS, at_least=1.0),
        Target("rate", RECADO, EPOLL, at_least=0.8),
        Target("rate", RECADO, PLAIN, at_least=4),
        Target("rate", RECADO, PERSISTENT, at_least=2.8),
        Target("rate", RECADO, SYMFONY, at_least=9),
    ]
    peers = [THREADS, EPOLL, PLAIN, PERSISTENT, SYMFONY]

    def start(self):
        bench = self.bench
        recado = Recado(bench, "recado")
        Recado(bench, "peer")
        recado.configure()
        recado.serve()
        sites = {"recado": (recado.socket, {})}
        self.tables = {"recado": "recado.event_queue", "symfony": "peer.messenger_messages"}
        for name in ("responder_threads", "responder_epoll"):
            backend = os.path.join(bench.place, name + ".sock")
            bench.processes.start(name, [load.program(name), backend, bench.database.socket, "peer"])
            web.open_to_web_server(backend)
            sites[name] = (backend, {})
        scripts = bench.web.php_folder()
        for name, script, more in [("plain", "pdo_insert", {"PERSISTENT": "0"}), ("persistent", "pdo_insert", {"PERSISTENT": "1"}),
                                   ("symfony", "symfony_dispatch", {})]:
            preload = f"{scripts}/symfony_preload.php" if name == "symfony" else None
            sites[name] = (bench.web.php_fpm(name, CHILDREN, preload), {
                "DATABASE_SOCKET": bench.database.socket, "DATABASE": "peer", "SCRIPT_FILENAME": f"{scripts}/{script}.php", **more})
        bench.processes.run("symfony-setup", [
            *web.php_cli(), f"{scripts}/symfony_setup.php", bench.database.socket, "peer", bench.bodies["event"]])
        self.urls = bench.web.front(sites, load.patience(bench.sizes.seconds))
        for url in self.urls.values():
            load.wrk(bench, url, "event", 8, 1)

    def variants(self):
        return [(label, lambda site=site: self.measure(site)) for label, site in [
            (RECADO, "recado"), (THREADS, "responder_threads"), (EPOLL, "responder_epoll"), (PLAIN, "plain"),
            (PERSISTENT, "persistent"), (SYMFONY, "symfony")]]

    def measure(self, site):
        self.bench.database.empty("recado")
        self.bench.database.empty("peer")
        self.bench.database.sql("TRUNCATE peer.messenger_messages")
        self.bench.database.come_to_rest()
        result = load.wrk(self.bench, self.urls[site], "event", CLIENTS, self.bench.sizes.seconds,
                          stored=self.tables.get(site, "peer.event_queue"))
        if result["failed"] or not result["rate"]:
            raise Failed(f"{site} did not answer every request 2xx")
        return result
