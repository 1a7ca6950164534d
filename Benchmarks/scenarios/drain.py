import load
from frameworks import LARAVEL, SYMFONY, Frameworks
from processes import Failed
from recado import Recado
from scenario import Metric, Scenario, Target

ROUTED = "recado, nobody listens"
DELIVERED = "recado, one webhook each"
ROUTED_LIMIT = "(c) C loop, nobody listens"
SETTLED_LIMIT = "(c) C loop, routed and settled"


class Drain(Scenario):
    """Emptying a full queue. Recado has no listener that does nothing, so two things are measured: routing events to nobody,
    against the same in C; and the whole way with a webhook to a local nginx, against C that routes and settles and sends
    nothing. What a listener that does nothing would reach lies between the two."""
    name = "drain"
    title = "Worker drain, keyless"
    metrics = [Metric("rate", "events", "/s")]
    targets = [
        Target("rate", ROUTED, SYMFONY, at_least=20),
        Target("rate", ROUTED, LARAVEL, at_least=20),
        Target("rate", ROUTED, ROUTED_LIMIT, at_least=0.7),
        Target("rate", DELIVERED, SETTLED_LIMIT, at_least=0.7),
    ]
    keys = 0

    def start(self):
        self.recado = Recado(self.bench, "recado")
        Recado(self.bench, "peer")
        self.frameworks = Frameworks(self.bench)
        self.sink = self.bench.web.sink()

    def variants(self):
        return [
            (ROUTED, self.routed), (DELIVERED, self.delivered),
            (ROUTED_LIMIT, lambda: self.loop("nobody")), (SETTLED_LIMIT, lambda: self.loop("heard")),
            (SYMFONY, self.frameworks.symfony), (LARAVEL, self.frameworks.laravel),
        ]

    def fill(self, name):
        self.bench.database.fill(name, self.bench.sizes.events, load.PAYLOAD, keys=self.keys)

    def routed(self):
        self.recado.configure()
        self.fill("recado")
        return {"rate": self.recado.drain(1, self.bench.sizes.events)}

    def delivered(self):
        self.recado.listen(self.sink)
        self.fill("recado")
        return {"rate": self.recado.drain(1, self.bench.sizes.events)}

    def loop(self, listeners):
        events = self.bench.sizes.events
        self.fill("peer")
        _, seconds = self.bench.processes.run("drain_loop", [
            load.program("drain_loop"), self.bench.database.socket, "peer", str(events), str(self.keys), listeners])
        if self.bench.database.settled("peer", 1, events) != events:
            raise Failed("the C loop left events behind")
        return {"rate": events / seconds}


class KeyedDrain(Drain):
    """The same over 1,000 ordering keys. The frameworks have no such thing: their figures are the keyless ones, not repeated."""
    name = "drain_keyed"
    title = "Worker drain over 1,000 ordering keys"
    targets = [Target("rate", ROUTED, ROUTED_LIMIT, at_least=0.7), Target("rate", DELIVERED, SETTLED_LIMIT, at_least=0.7)]
    keys = 1000

    def variants(self):
        return super().variants()[:4]
