import subprocess
import time

import load
import timed
from processes import Failed, wait_for
from recado import Recado, webhook
from scenario import Metric, Scenario, Target

ENDPOINTS = 10
KEYS = 1000
HANGING = ENDPOINTS - 1
CALM = "all ten answer"
HUNG = "one of ten hangs"


class Isolation(Scenario):
    """1,000 lanes over ten endpoints, one of which takes what it is sent and never answers."""
    name = "isolation"
    title = f"{KEYS:,} lanes, {ENDPOINTS} endpoints, one hangs until the time limit: what the others get"
    metrics = [Metric("rate", "others' webhooks", "/s"), Metric("p50", "p50", "ms", 2), Metric("p99", "p99", "ms", 2),
               Metric("lost", "lost", "")]
    targets = [
        Target("rate", HUNG, CALM, at_least=0.9),
        Target("p99", HUNG, CALM, at_most=1.5),
        Target("lost", HUNG, at_most=0),
    ]

    def start(self):
        self.recado = Recado(self.bench, "recado")
        self.recado.configure()
        self.recado.serve()
        self.url = self.bench.web.front({"recado": (self.recado.socket, {})})["recado"]
        self.sink = self.bench.web.sink()
        load.wrk(self.bench, self.url, "event", 8, 1)

    def variants(self):
        return [(CALM, lambda: self.measure(-1)), (HUNG, lambda: self.measure(HANGING))]

    def measure(self, hanging):
        delays = timed.dispatch_to_webhook(
            self.recado, self.url, self.bench.sizes.timed_events, keys=KEYS, endpoints=ENDPOINTS, hanging=hanging,
            timeout=f"{self.bench.sizes.hang}s")
        return {**delays, "rate": self.throughput(hanging)}

    def throughput(self, hanging):
        """Drains a full queue; returns the rate of what does not go to the last endpoint, hanging or not."""
        processes, database, events = self.bench.processes, self.bench.database, self.bench.sizes.events
        with processes.scope():
            mute = processes.start("mute", ["python3", "-c", MUTE], stdout=subprocess.PIPE, text=True)
            silent = f"http://127.0.0.1:{mute.stdout.readline().strip()}/"
            urls = [silent if n == hanging else self.sink for n in range(ENDPOINTS)]
            self.recado.configure(
                {f"bench.e{n}": [f"hook{n}"] for n in range(ENDPOINTS)},
                {f"hook{n}": webhook(url, timeout=f"{self.bench.sizes.hang}s") for n, url in enumerate(urls)})
            database.fill("recado", events, load.PAYLOAD, keys=KEYS, endpoints=ENDPOINTS)
            others = events * (ENDPOINTS - 1) // ENDPOINTS
            start = time.monotonic()
            worker = self.recado.work()

            def are_settled():
                if worker.poll() is not None:
                    raise Failed("recado work: " + processes.tail("work"))
                return database.number("SELECT COUNT(*) FROM recado.event_queue WHERE status = 'processed'"
                                       f" AND event_name <> 'bench.e{HANGING}'") == others
            wait_for("the others' events", are_settled, seconds=600, pause=0.05)
            return others / (time.monotonic() - start)


# Accepts connections and never answers.
MUTE = """
import socket
server = socket.create_server(("127.0.0.1", 0), backlog=1024)
print(server.getsockname()[1], flush=True)
kept = []
while True:
    kept.append(server.accept())
"""
