import json

import load
import timed
from recado import Recado
from scenario import Metric, Scenario, Target

FLOOR = "floor: COMMIT and POST in C"


class Latency(Scenario):
    """From the time when a dispatch was due to the arrival of its webhook, through nginx, responder, doorbell and worker."""
    name = "latency"
    title = f"Latency from dispatch to webhook at {timed.RATE}/s, open loop"
    metrics = [Metric("p50", "p50", "ms", 2), Metric("p99", "p99", "ms", 2), Metric("max", "max", "ms", 1),
               Metric("lost", "lost", "")]
    targets = [
        Target("p50", "recado", FLOOR, at_most=4),
        Target("p99", "recado", FLOOR, at_most=20, against_metric="p50"),
        Target("lost", "recado", at_most=0),
    ]
    peers = [FLOOR]

    def start(self):
        self.recado = Recado(self.bench, "recado")
        Recado(self.bench, "peer")
        self.recado.configure()
        self.recado.serve()
        self.url = self.bench.web.front({"recado": (self.recado.socket, {})})["recado"]
        load.wrk(self.bench, self.url, "event", 8, 1)

    def variants(self):
        return [("recado", self.measure), (FLOOR, self.floor)]

    def measure(self):
        return timed.dispatch_to_webhook(self.recado, self.url, self.bench.sizes.timed_events)

    def floor(self):
        self.bench.database.empty("peer")
        output, _ = self.bench.processes.run("latency_floor", [
            load.program("latency_floor"), self.bench.database.socket, "peer", str(timed.RATE),
            str(self.bench.sizes.timed_events)])
        return json.loads(output)
