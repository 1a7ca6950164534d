import time

import load
from processes import wait_for
from recado import Recado, mute, webhook
from scenario import Metric, Scenario, Target

# Each on an address of its own, with as many webhooks as one host gets connections.
RECEIVERS = 20
WEBHOOKS = 64
CALM = "none hangs"
HUNG = f"{RECEIVERS * WEBHOOKS:,} hang"


class Hanging(Scenario):
    """Many webhooks were sent and are not answered, all the time; another receiver answers at once."""
    name = "hanging"
    title = f"{RECEIVERS} receivers hang, with {RECEIVERS * WEBHOOKS:,} webhooks under way to them: what another one gets"
    metrics = [Metric("rate", "its webhooks", "/s")]
    targets = [Target("rate", HUNG, CALM, at_least=0.9)]

    def start(self):
        self.recado = Recado(self.bench, "recado")
        self.sink = self.bench.web.sink()

    def variants(self):
        return [(CALM, lambda: self.measure(0)), (HUNG, lambda: self.measure(RECEIVERS))]

    def measure(self, hanging):
        processes, database, events = self.bench.processes, self.bench.database, self.bench.sizes.events
        with processes.scope():
            urls = mute(processes, RECEIVERS)[:hanging]
            self.recado.configure(
                {"bench.event": ["hook"], **{f"bench.hang{n}": [f"hang{n}"] for n in range(hanging)}},
                {"hook": webhook(self.sink), **{f"hang{n}": webhook(url, timeout="60s") for n, url in enumerate(urls)}})
            database.empty("recado")
            for n in range(hanging):
                self.insert(f"bench.hang{n}", WEBHOOKS)
            worker = self.recado.work()
            wait_for("those that hang", lambda: self.under_way(worker) == hanging * WEBHOOKS, seconds=60, pause=0.05)
            self.insert("bench.event", events)
            start = time.monotonic()
            self.recado.wait_until_settled(worker, self.latest(), but="bench.hang%")
            rate = events / (time.monotonic() - start)
            # A stop would wait for those that hang.
            worker.kill()
            return {"rate": rate}

    def insert(self, event, count):
        self.bench.database.sql(
            "INSERT INTO recado.event_queue (event_name, payload, source)"
            f" SELECT '{event}', '{load.PAYLOAD}', 'http' FROM recado.seq_1_to_{count}")

    def latest(self):
        return self.bench.database.number("SELECT MAX(id) FROM recado.event_queue")

    def under_way(self, worker):
        self.recado.check(worker)
        return self.bench.database.number(
            "SELECT COUNT(*) FROM recado.event_queue WHERE event_name LIKE 'bench.hang%' AND status = 'processing'")
