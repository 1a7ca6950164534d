import subprocess
import time

import load
from processes import Failed, wait_for
from recado import Recado, webhook
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
            mute = processes.start("mute", ["python3", "-c", MUTE, str(RECEIVERS)], stdout=subprocess.PIPE, text=True)
            addresses = mute.stdout.readline().split()[:hanging]
            self.recado.configure(
                {"bench.event": ["hook"], **{f"bench.hang{n}": [f"hang{n}"] for n in range(hanging)}},
                {"hook": webhook(self.sink),
                 **{f"hang{n}": webhook(f"http://{address}/", timeout="60s") for n, address in enumerate(addresses)}})
            database.empty("recado")
            for n in range(hanging):
                self.insert(f"bench.hang{n}", WEBHOOKS)
            worker = self.recado.work()
            self.wait(worker, "those that hang", "event_name LIKE 'bench.hang%' AND status = 'processing'", hanging * WEBHOOKS)
            self.insert("bench.event", events)
            start = time.monotonic()
            self.wait(worker, "the others", "status = 'processed'", events)
            return {"rate": events / (time.monotonic() - start)}

    def insert(self, event, count):
        self.bench.database.sql(
            "INSERT INTO recado.event_queue (event_name, payload, source)"
            f" SELECT '{event}', '{load.PAYLOAD}', 'http' FROM recado.seq_1_to_{count}")

    def wait(self, worker, what, condition, count):
        def is_there():
            if worker.poll() is not None:
                raise Failed("recado work: " + self.bench.processes.tail("work"))
            return self.bench.database.number(f"SELECT COUNT(*) FROM recado.event_queue WHERE {condition}") >= count
        wait_for(what, is_there, seconds=600, pause=0.05)


# Nobody accepts: the kernel takes the connections and what is sent on them, and nothing comes back.
MUTE = """
import signal, socket, sys
servers = [socket.create_server((f"127.0.1.{n}", 0), backlog=1024) for n in range(1, int(sys.argv[1]) + 1)]
print(*(f"{host}:{port}" for host, port in (server.getsockname() for server in servers)), flush=True)
signal.pause()
"""
