import load
from frameworks import LARAVEL, LARAVELS, SYMFONY, Frameworks
from processes import Failed
from recado import Recado
from scenario import Metric, Scenario, Target

RECADO = "recado, listener that does nothing"
LIMIT = "(c) C loop, routed and settled"


class Drain(Scenario):
    """Emptying a full queue into a listener that does nothing, against C that routes and settles and delivers nothing."""
    name = "drain"
    title = "Worker drain, keyless"
    metrics = [Metric("rate", "events", "/s")]
    targets = [
        Target("rate", RECADO, SYMFONY, at_least=20),
        Target("rate", RECADO, LARAVEL, at_least=20),
        Target("rate", RECADO, LIMIT, at_least=0.7),
    ]
    peers = [LIMIT, SYMFONY, LARAVEL, LARAVELS]
    keys = 0

    def start(self):
        self.recado = Recado(self.bench, "recado")
        self.recado.configure({"*": ["nobody"]}, {"nobody": {"type": "discard"}})
        Recado(self.bench, "peer")
        self.frameworks = Frameworks(self.bench)

    def variants(self):
        return [(RECADO, self.drain), (LIMIT, self.loop),
                (SYMFONY, self.frameworks.symfony), (LARAVEL, self.frameworks.laravel), (LARAVELS, self.frameworks.laravels)]

    def fill(self, name):
        self.bench.database.fill(name, self.bench.sizes.events, load.PAYLOAD, keys=self.keys)

    def drain(self):
        self.fill("recado")
        return {"rate": self.recado.drain(1, self.bench.sizes.events)}

    def loop(self):
        events = self.bench.sizes.events
        self.fill("peer")
        _, seconds = self.bench.processes.run("drain_loop", [
            load.program("drain_loop"), self.bench.database.socket, "peer", str(events), str(self.keys)])
        if self.bench.database.settled("peer", 1, events) != events:
            raise Failed("the C loop left events behind")
        return {"rate": events / seconds}


class KeyedDrain(Drain):
    """The same over 1,000 ordering keys. The frameworks have no such thing: their figures are the keyless ones, not repeated."""
    name = "drain_keyed"
    title = "Worker drain over 1,000 ordering keys"
    targets = [Target("rate", RECADO, LIMIT, at_least=0.7)]
    keys = 1000

    def variants(self):
        return super().variants()[:2]
