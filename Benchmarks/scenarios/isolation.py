import time

import load
import timed
from recado import Recado, mute, webhook
from scenario import Metric, Scenario, Target

ENDPOINTS = 10
KEYS = 1000
# The endpoint that hangs, or whose events nobody listens to: the others have the same work either way.
SILENT = ENDPOINTS - 1
CALM = "nine answer"
HUNG = "nine answer, one hangs"


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
        return [(CALM, lambda: self.measure(False)), (HUNG, lambda: self.measure(True))]

    def measure(self, hangs):
        delays = timed.dispatch_to_webhook(
            self.recado, self.url, self.bench.sizes.timed_events, keys=KEYS, endpoints=ENDPOINTS, silent=SILENT, hangs=hangs,
            timeout=f"{self.bench.sizes.hang}s")
        return {**delays, "rate": self.throughput(hangs)}

    def throughput(self, hangs):
        """Drains a full queue; returns the rate of what does not go to the last endpoint."""
        processes, database, events = self.bench.processes, self.bench.database, self.bench.sizes.events
        with processes.scope():
            urls = [self.sink] * SILENT + (mute(processes) if hangs else [])
            self.recado.configure(
                {f"bench.e{n}": [f"hook{n}"] for n in range(len(urls))},
                {f"hook{n}": webhook(url, timeout=f"{self.bench.sizes.hang}s") for n, url in enumerate(urls)})
            database.fill("recado", events, load.PAYLOAD, keys=KEYS, endpoints=ENDPOINTS)
            others = events * (ENDPOINTS - 1) // ENDPOINTS
            start = time.monotonic()
            # The last event has a number that the endpoints divide, and goes to the first of them.
            self.recado.wait_until_settled(self.recado.work(), events, but=f"bench.e{SILENT}")
            return others / (time.monotonic() - start)
