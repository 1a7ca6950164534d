"""What scenarios work with, and the rounds in which they are measured."""
import os
import random
import time

import load
from database import Database
from processes import Processes
from web import Web

HERE = os.path.dirname(os.path.abspath(__file__))


class Bench:
    def __init__(self, place, recado, sizes):
        self.place = place
        self.recado = recado
        self.sizes = sizes
        self.processes = Processes(place)
        self.database = Database(self.processes, place)
        self.web = Web(self.processes, place, scripts=os.path.join(HERE, "php"))
        self.bodies = load.write_bodies(place)

    def measure(self, scenario_type, rounds, say):
        """Runs all variants of a scenario `rounds` times, short ones more often, each time in another order: none always follows the same other one.

        Returns, for each variant, a list of figures by metric, one for each round.
        """
        with self.processes.scope():
            scenario = scenario_type(self)
            scenario.start()
            variants = scenario.variants()
            samples = {label: [] for label, _ in variants}
            repeats = min(scenario.repeats, self.sizes.repeats)
            for number in range(min(rounds, scenario.rounds_at_most) * repeats):
                for label, measure in random.Random(number).sample(variants, len(variants)):
                    start = time.monotonic()
                    samples[label].append(measure())
                    say(f"  {label}: {describe(scenario, samples[label][-1])}  [{time.monotonic() - start:.1f} s]")
            return samples


def describe(scenario, figures):
    return ", ".join(f"{figures[metric.name]:,.{metric.digits}f} {metric.unit}".strip() + f" {metric.title}"
                     for metric in scenario.metrics if metric.name in figures)


def machine(bench):
    """Where the figures come from."""
    with open("/proc/cpuinfo") as file:
        models = {line.split(":", 1)[1].strip() for line in file if line.startswith("model name")}
    with open("/proc/meminfo") as file:
        mebibytes = int(file.readline().split()[1]) // 1024
    return {
        "processor": ", ".join(sorted(models)) or "unknown",
        "cores": os.cpu_count(),
        "memory_mebibytes": mebibytes,
        "kernel": os.uname().release,
        "mariadb": bench.database.version(),
        "load_before": round(os.getloadavg()[0], 2),
    }
