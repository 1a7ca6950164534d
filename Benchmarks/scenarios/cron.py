import statistics
import subprocess
import time

from recado import Recado
from scenario import Metric, Scenario, Target

RECADO = "recado process_events 10"
PHP = "php -n -r ''"


class Cron(Scenario):
    """What a cron entry costs every minute when there is nothing to do: the whole process, from fork to exit."""
    name = "cron"
    title = "Cron run on an empty queue against an empty PHP without extensions"
    metrics = [Metric("milliseconds", "wall", "ms", 1)]
    targets = [Target("milliseconds", RECADO, PHP, at_most=1.0)]
    peers = [PHP]

    def start(self):
        self.recado = Recado(self.bench, "recado")
        self.recado.configure()
        self.bench.database.empty("recado")
        self.bench.database.come_to_rest()

    def variants(self):
        recado = [self.bench.recado, "process_events", "10", "--quiet", "--config", self.recado.file]
        return [(RECADO, lambda: self.measure(recado)), (PHP, lambda: self.measure(["php", "-n", "-r", ""]))]

    def measure(self, command):
        """The median of many starts, one after another."""
        times = []
        for _ in range(self.bench.sizes.starts):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times.append((time.perf_counter() - start) * 1000)
        return {"milliseconds": statistics.median(times)}
