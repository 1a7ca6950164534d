import load
from frameworks import LARAVEL, SYMFONY, Frameworks
from recado import Recado
from scenario import Metric, Scenario, Target

LIMIT = "(a) curl multi in C, no queue"
IN_FLIGHT = 64


class Webhooks(Scenario):
    """A full queue, one webhook for each event, to a local nginx that answers 200."""
    name = "webhooks"
    title = "Worker drain, one webhook each to a local nginx"
    metrics = [Metric("rate", "webhooks", "/s")]
    targets = [
        Target("rate", "recado", LIMIT, at_least=0.4),
        Target("rate", "recado", "(b) " + SYMFONY, at_least=8),
    ]
    peers = [LIMIT, "(b) " + SYMFONY, LARAVEL]

    def start(self):
        self.recado = Recado(self.bench, "recado")
        self.frameworks = Frameworks(self.bench)
        self.sink = self.bench.web.sink()
        self.recado.listen(self.sink)

    def variants(self):
        return [
            ("recado", self.drain), (LIMIT, self.post),
            ("(b) " + SYMFONY, lambda: self.frameworks.symfony(self.sink)),
            (LARAVEL, lambda: self.frameworks.laravel(self.sink)),
        ]

    def drain(self):
        self.bench.database.fill("recado", self.bench.sizes.events, load.PAYLOAD)
        return {"rate": self.recado.drain(1, self.bench.sizes.events)}

    def post(self):
        count = self.bench.sizes.events
        _, seconds = self.bench.processes.run("webhook_poster", [
            load.program("webhook_poster"), self.sink, str(count), str(IN_FLIGHT), self.bench.bodies["payload"]])
        return {"rate": count / seconds}
