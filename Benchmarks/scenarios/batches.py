import load
from recado import Recado
from scenario import Metric, Scenario, Target


class Batches(Scenario):
    """A request with 100 events against 100 requests with one."""
    name = "batches"
    title = "Dispatch in batches of 100, 32 clients"
    metrics = [Metric("rate", "events", "/s"), Metric("failed", "not 2xx", "")]
    targets = [
        Target("rate", "batches of 100", "one by one", at_least=2.5),
        Target("failed", "batches of 100", at_most=0),
        Target("failed", "one by one", at_most=0),
    ]

    def start(self):
        recado = Recado(self.bench, "recado")
        recado.configure()
        recado.serve()
        self.url = self.bench.web.front({"recado": (recado.socket, {})}, load.patience(self.bench.sizes.seconds))["recado"]
        load.wrk(self.bench, self.url, "event", 8, 1)

    def variants(self):
        return [("one by one", lambda: self.measure("event", 1)), ("batches of 100", lambda: self.measure("batch", 100))]

    def measure(self, body, events):
        self.bench.database.empty("recado")
        self.bench.database.come_to_rest()
        result = load.wrk(self.bench, self.url, body, 32, self.bench.sizes.seconds, stored="recado.event_queue", events=events)
        return {"rate": result["rate"] * events, "failed": result["failed"]}
