import load
from recado import Recado
from scenario import Metric, Scenario, Target


class ManyClients(Scenario):
    """Many more kept connections than a responder with a thread for each would survive."""
    name = "many_clients"
    title = "Dispatch by 500 keep-alive clients, through nginx (keepalive) and Apache (enablereuse)"
    metrics = [Metric("rate", "requests", "/s"), Metric("p99", "p99", "ms", 1), Metric("failed", "not 2xx", "")]
    targets = [
        Target("rate", "nginx, 500", "nginx, 32", at_least=0.8),
        Target("failed", "nginx, 500", at_most=0),
        Target("failed", "apache, 500", at_most=0),
    ]

    def start(self):
        recado = Recado(self.bench, "recado")
        recado.configure()
        recado.serve()
        # Opening 500 connections is not what is asked.
        self.seconds = max(self.bench.sizes.seconds, 2)
        patience = load.patience(self.seconds)
        self.urls = self.bench.web.front({"recado": (recado.socket, {})}, patience)
        self.urls["apache"] = self.bench.web.apache(recado.socket, patience)
        for url in self.urls.values():
            load.wrk(self.bench, url, "event", 8, 1)

    def variants(self):
        return [(f"{label}, {clients}", lambda site=site, clients=clients: self.measure(site, clients))
                for label, site in (("nginx", "recado"), ("apache", "apache")) for clients in (32, 500)]

    def measure(self, site, clients):
        self.bench.database.empty("recado")
        self.bench.database.come_to_rest()
        return load.wrk(self.bench, self.urls[site], "event", clients, self.seconds, stored="recado.event_queue")
