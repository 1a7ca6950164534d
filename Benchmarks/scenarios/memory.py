import time

import load
from processes import resident_mebibytes, wait_for
from recado import Recado
from scenario import Metric, Scenario, Target

# How long the daemon is left alone before its idle size is read, in seconds.
REST = 3


class Memory(Scenario):
    """Resident memory of the daemon, idle and at work on a large backlog, and of the responder, idle."""
    name = "memory"
    title = "Resident memory"
    metrics = [Metric("idle", "idle", "MiB", 1), Metric("over_idle", "most, over idle", "MiB", 1)]
    targets = [Target("idle", "worker", at_most=40), Target("over_idle", "worker", at_most=64)]
    rounds_at_most = 1

    def start(self):
        self.recado = Recado(self.bench, "memory")
        self.recado.listen(self.bench.web.sink())

    def variants(self):
        return [("worker", self.worker), ("responder", self.responder)]

    def worker(self):
        # The responder may have been first, and left events behind.
        self.bench.database.empty("memory")
        with self.bench.processes.scope():
            idle = self.idle(self.recado.work())
        self.bench.database.fill("memory", self.bench.sizes.backlog, load.PAYLOAD)
        events = self.bench.sizes.backlog // 10
        with self.bench.processes.scope():
            process = self.recado.work()
            wait_for("a part of the backlog", lambda: self.recado.is_settled(process, events), seconds=600, pause=0.2)
            return {"idle": idle, "over_idle": resident_mebibytes(process, peak=True) - idle}

    def responder(self):
        """Idle, and at work for 32 clients."""
        with self.bench.processes.scope():
            process = self.recado.serve()
            url = self.bench.web.front({"recado": (self.recado.socket, {})})["recado"]
            idle = self.idle(process)
            load.wrk(self.bench, url, "event", 32, self.bench.sizes.seconds)
            return {"idle": idle, "over_idle": resident_mebibytes(process, peak=True) - idle}

    def idle(self, process):
        time.sleep(REST)
        return resident_mebibytes(process)
