"""What a scenario is: variants that are measured in turn, and targets that compare them."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Metric:
    """A figure of a variant. `name` is its key in what a variant returns."""
    name: str
    title: str
    unit: str
    digits: int = 0


@dataclasses.dataclass(frozen=True)
class Target:
    """`of` divided by `against`, or `of` alone where there is nothing to compare with, must reach a limit.

    `metric` names the figure; `against_metric` another one of the other variant.
    """
    metric: str
    of: str
    against: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    against_metric: str | None = None

    def describe(self):
        what = f"{self.metric}: {self.of}"
        if self.against:
            what += f" / {self.against}"
            if self.against_metric:
                what += f" ({self.against_metric})"
        return what

    def limit(self):
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"

    def is_met(self, value):
        return value >= self.at_least if self.at_least is not None else value <= self.at_most

    def worst(self, values):
        return min(values) if self.at_least is not None else max(values)


class Scenario:
    """Subclasses say what is measured. `start` readies what all variants share; what it starts is ended after the scenario."""
    name = ""
    title = ""
    metrics = [Metric("rate", "rate", "/s")]
    targets = []
    # The labels of what we are held against: all others are ours.
    peers = []
    # Some scenarios take minutes for one round.
    rounds_at_most = 99
    # What is measured within a second is measured so often in each round: the host's speed changes within seconds.
    repeats = 1

    def __init__(self, bench):
        self.bench = bench

    def start(self):
        pass

    def variants(self):
        """Labels, and functions without arguments that measure once and return figures by metric."""
        raise NotImplementedError
