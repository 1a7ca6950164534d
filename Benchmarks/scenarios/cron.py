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
        self.commands = {
            RECADO: [self.bench.recado, "process_events", "10", "--quiet", "--config", self.recado.file],
            PHP: ["php", "-n", "-r", ""],
        }
        self.medians = {}

    def variants(self):
        return [(label, lambda label=label: self.measure(label)) for label in self.commands]

    def measure(self, label):
        """The median of many starts. Those of all commands take turns: how fast the host is changes within a second."""
        if label not in self.medians:
            times = {label: [] for label in self.commands}
            for _ in range(self.bench.sizes.starts):
                for label_in_turn, command in self.commands.items():
                    times[label_in_turn].append(milliseconds(command))
            self.medians = {label: statistics.median(those) for label, those in times.items()}
        return {"milliseconds": self.medians.pop(label)}


def milliseconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000
