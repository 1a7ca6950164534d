"""The tables of the README and of docs/benchmarks.md, each from one run."""
import markdown

# Of the README: what it says, the scenario, the variant and the metric, how that is written, and what it is set beside.
LINES = [
    ("dispatch through nginx, durable, 32 clients", "dispatch", "recado", "rate", "{:,.0f}/s",
     [("php-fpm with one INSERT", "(b) php-fpm, PDO"), ("Symfony Messenger", "(c) Symfony Messenger")]),
    ("the same in arrays of 100", "batches", "batches of 100", "rate", "{:,.0f} events/s", []),
    ("draining a queue into a listener that does nothing", "drain", "recado, listener that does nothing", "rate", "{:,.0f}/s",
     [("one Symfony consumer", "Symfony consumer"), ("one Laravel worker", "Laravel worker")]),
    ("a webhook for each event", "webhooks", "recado", "rate", "{:,.0f}/s",
     [("one Symfony consumer with a kept connection", "(b) Symfony consumer")]),
    ("dispatch to webhook at 500/s, median", "latency", "recado", "p50", "{:.1f} ms", []),
    ("the daemon's memory, idle", "memory", "worker", "idle", "{:.0f} MiB", []),
    ("added at work while 2,000,000 events wait", "memory", "worker", "over_idle", "{:.0f} MiB", []),
]
# Not worth a line where they are met: that nothing failed or was lost.
SILENT = {"failed", "lost"}


def readme(scenarios):
    """What is there of the README's table."""
    by_name = {scenario["name"]: scenario["variants"] for scenario in scenarios}
    rows = []
    for title, name, variant, metric, written, beside in LINES:
        if name not in by_name:
            continue
        ours = by_name[name][variant][metric]["median"]
        others = [f"{ours / by_name[name][other][metric]['median']:.3g} × {who}" for who, other in beside]
        rows.append([title, written.format(ours), ", ".join(others)])
    return markdown.table(["what", "how fast", "beside"], rows, numbers=[1])


def targets(scenarios):
    """Every target with what was reached."""
    rows = []
    for scenario in scenarios:
        name = f"`{scenario['name']}`"
        for target in scenario["targets"]:
            if target["is_met"] and target["what"].split(":")[0] in SILENT:
                continue
            reached, least, most = (short(target[key]) for key in ("value", "least", "most"))
            rows.append([name, target["what"], target["limit"], f"{reached} ({least} to {most})", verdict(target)])
            name = ""
    return markdown.table(["scenario", "", "to reach", "reached", ""], rows, numbers=[3])


def verdict(target):
    """Whether a target was met, and whether every round met it."""
    if not target["is_met"]:
        return "**missed**"
    return "met" if target["is_met_by_all"] else "met, not by every round"


def short(value):
    return f"{value:.2f}" if value < 20 else f"{value:.0f}"
