"""Medians, spread, ratios and targets of what was measured: as text, as JSON, as a chart."""
import json
import math
import os
import statistics

import chart
import markdown
import summaries


class Report:
    def __init__(self, machine, started_at, is_quick):
        self.machine = machine
        self.started_at = started_at
        self.is_quick = is_quick
        self.scenarios = []

    def add(self, scenario, samples):
        self.scenarios.append({
            "name": scenario.name,
            "title": scenario.title,
            "rounds": len(next(iter(samples.values()))),
            "metrics": [vars(metric) for metric in scenario.metrics],
            "variants": {label: summarise(figures) for label, figures in samples.items()},
            "targets": [judge(target, samples) for target in scenario.targets],
            "peers": scenario.peers,
        })
        return self.scenarios[-1]

    def write(self, directory):
        """Writes latest.json, latest.md and latest.svg, and keeps a copy of the JSON under its time."""
        os.makedirs(directory, exist_ok=True)
        content = json.dumps({**vars(self), "started_at": self.started_at.isoformat()}, indent=1, ensure_ascii=False)
        stamp = self.started_at.strftime("%Y-%m-%dT%H%M%SZ")
        self.save(directory, stamp + ".json", content)
        self.save(directory, "latest.json", content)
        self.save(directory, "latest.md", self.text())
        self.save(directory, "latest.svg", chart.draw(self.scenarios, self.headline()))

    @staticmethod
    def save(directory, name, content):
        with open(os.path.join(directory, name), "w") as file:
            file.write(content)

    def headline(self):
        machine = self.machine
        return (f"{self.started_at:%Y-%m-%d %H:%M} UTC, {machine['processor']}, {machine['cores']} cores, "
                f"{machine['memory_mebibytes'] / 1024:.0f} GiB, {machine['mariadb']}, "
                f"load before {machine['load_before']}" + (", QUICK: figures mean little" if self.is_quick else ""))

    def text(self):
        """All tables, those of the README and of docs/benchmarks.md first."""
        return "\n".join([self.headline() + "\n", summaries.readme(self.scenarios), summaries.targets(self.scenarios),
                          *map(table, self.scenarios)])


def summarise(figures):
    """Each metric's median, least and most."""
    summary = {}
    for name in figures[0]:
        values = [figure[name] for figure in figures]
        summary[name] = {"median": statistics.median(values), "least": min(values), "most": max(values), "all": values}
    return summary


def judge(target, samples):
    """The ratio of the medians against the limit; the spread is that of the rounds' own ratios, each taken minutes apart at
    the most. Where there is nothing to compare with, every round must reach it."""
    of = [figures[target.metric] for figures in samples[target.of]]
    value, spread = target.worst(of), of
    if target.against:
        against = [figures[target.against_metric or target.metric] for figures in samples[target.against]]
        value = divide(statistics.median(of), statistics.median(against))
        spread = [divide(left, right) for left, right in zip(of, against)]
    return {"what": target.describe(), "limit": target.limit(), "value": value, "least": min(spread),
            "most": max(spread), "is_met": target.is_met(value), "is_met_by_all": target.is_met(target.worst(spread))}


def divide(left, right):
    return left / right if right else math.inf


def table(scenario):
    """A scenario as Markdown."""
    metrics = scenario["metrics"]
    head = [""] + [f"{metric['title']} {metric['unit']}".strip() for metric in metrics]
    figures = [[label, *(cell(summary.get(metric["name"]), metric["digits"]) for metric in metrics)]
               for label, summary in scenario["variants"].items()]
    targets = [[target["what"], target["limit"],
                f"{target['value']:.2f} ({target['least']:.2f} to {target['most']:.2f})",
                summaries.verdict(target)] for target in scenario["targets"]]
    return "\n".join([
        f"## {scenario['title']}", "", f"Rounds: {scenario['rounds']}. Medians (least to most).", "",
        markdown.table(head, figures, numbers=range(1, len(head))),
        markdown.table(["target", "to reach", "reached", ""], targets, numbers=[2])])


def cell(summary, digits):
    if not summary:
        return ""
    median, least, most = (f"{summary[key]:,.{digits}f}" for key in ("median", "least", "most"))
    return median if least == most else f"{median} ({least} to {most})"
