"""The figures of a run, as text and as JSON."""
import collections
import datetime
import json
import os
import statistics
import textwrap

import schedule
from recovery import LIMITS, WAITING
from settings import LEASE_SECONDS

WAITED = "  where something waited that nobody had begun to send"
TITLES = {
    "same host": "after a death on the same host", WAITING.format("same host"): WAITED,
    "database": "after the database is back", WAITING.format("database"): WAITED,
    "elsewhere": f"after a death on another host or a stop (lease {LEASE_SECONDS} s)", WAITING.format("elsewhere"): WAITED,
    "responder": "until the responder accepts again (kills, not lanes)",
}
# Of fewer recoveries nothing is to be told.
LEAST_JUDGED = {kind: 10 if kind == "responder" else 30 for kind in LIMITS}
# What the target table counts, by kind of violation.
COUNTS = {
    "lost": {"lost", "torn", "stuck"},
    "out of order": {"order", "overlap"},
    "repeated without having been in flight": {"repeated", "tried"},
    "other broken promises": {"kept", "twice", "phantom", "changed", "oversize", "unanswered", "isolation", "dead", "tables",
                              "died"},
}


def median(values):
    return statistics.median(values) if values else None


def slowest(results, kind):
    """The lanes that took longest, to look into: how long, what was done, and in which round."""
    found = sorted(((one.seconds, one.fault, " ".join(one.lane), number) for number, result in enumerate(results, 1)
                    for one in result.recoveries if one.kind == kind and one.is_clean), reverse=True)
    return [[round(seconds, 2), *rest] for seconds, *rest in found[:10]]


def figures(results):
    """All that is reported, from the results of the rounds."""
    kinds = collections.Counter(violation.kind for result in results for violation in result.violations)
    return {
        "rounds": len(results),
        **{name: sum(getattr(result, name) for result in results) for name in (
            "kills", "events", "deliveries", "in_flight_at_kills", "repeats", "repeats_by_kills", "late_by_a_stopped_worker")},
        "violations": dict(kinds),
        "recovery": {kind: recovery_figures(results, kind) for kind in LIMITS},
        "faults": fault_figures(results),
        "seconds": round(sum(result.seconds for result in results)),
    }


def recovery_figures(results, kind):
    found = [one for result in results for one in result.recoveries if one.kind == kind]
    clean = [one.seconds for one in found if one.is_clean]
    return {"lanes": len(clean), "p50": median(clean), "max": max(clean, default=None),
            "disturbed": len(found) - len(clean),
            "disturbed_max": max((one.seconds for one in found if not one.is_clean), default=None),
            "slowest": slowest(results, kind)}


def fault_figures(results):
    """By kind and by what of it was drawn: how often it came to pass, and how often not."""
    kinds = {}
    for result in results:
        for (kind, what), counts in result.done.items():
            total = kinds.setdefault(kind, {}).setdefault(what, [0, 0])
            total[:] = [one + other for one, other in zip(total, counts)]
    return {kind: dict(sorted(kinds[kind].items())) for kind in sorted(kinds)}


def text(figures, not_run, is_full):
    lines = [f"rounds {figures['rounds']}, kills {figures['kills']}, events accepted {figures['events']:,}, "
             f"deliveries received {figures['deliveries']:,}, {figures['seconds']} s", ""]
    for title, kinds in COUNTS.items():
        lines.append(f"{title:42}{sum(figures['violations'].get(kind, 0) for kind in kinds):>8}")
    lines.append(f"{'repeated, having been in flight':42}{figures['repeats']:>8}")
    lines.append(f"{'  of these because of a kill':42}{figures['repeats_by_kills']:>8}")
    lines.append(f"{'in flight at the kills':42}{figures['in_flight_at_kills']:>8}")
    lines.append(f"{'late by a stopped worker':42}{figures['late_by_a_stopped_worker']:>8}")
    lines += ["", f"{'recovery, in seconds':56}{'lanes':>7}{'p50':>8}{'max':>8}{'disturbed':>12}{'max':>8}"]
    for kind in TITLES:
        found = figures["recovery"][kind]
        p50, most, disturbed_most = (f"{found[name]:8.2f}" if found[name] is not None else f"{'-':>8}"
                                     for name in ("p50", "max", "disturbed_max"))
        lines.append(f"{TITLES[kind]:56}{found['lanes']:7}{p50}{most}{found['disturbed']:12}{disturbed_most}")
    lines.append("  disturbed, and not judged: something else was done meanwhile that may have held it up, or what was in flight had its")
    lines.append("  last attempt, and is tried by itself, when others that may have killed their workers have been")
    lines += ["", f"{'what was done':56}{'':7}{'in vain':>8}"]
    for kind, points in figures["faults"].items():
        lines += fault_lines(kind, points, schedule.ALL[kind] if is_full else points)
    lines += [f"  not run here: {reason}" for reason in not_run]
    return "\n".join(lines)


def fault_lines(kind, points, expected):
    """How often in all; how often each point of it; and which of the expected ones never came to pass."""
    done, in_vain = (sum(counts) for counts in zip(*points.values()))
    yield f"  {kind:54}{done:7}{in_vain or '':>8}".rstrip()
    if len(schedule.ALL[kind]) > 1:
        found = [f"{what} {count}" for what, (count, _) in points.items() if count]
        never = [what for what in expected if not points.get(what, [0])[0]]
        for part in (", ".join(found), "never: " + ", ".join(never) if never else ""):
            yield from textwrap.wrap(part, 120, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False)


def missed(figures, is_full):
    """The targets that were not reached, as sentences."""
    broken = sum(figures["violations"].values())
    if broken:
        yield f"{broken} broken promises"
    if figures["repeats_by_kills"] > figures["in_flight_at_kills"]:
        yield f"{figures['repeats_by_kills']} repeats because of kills are more than {figures['in_flight_at_kills']} in flight"
    for kind, limit in LIMITS.items():
        found = figures["recovery"][kind]
        if found["max"] is not None and found["max"] > limit:
            yield f"recovery {TITLES[kind]} took up to {found['max']:.2f} s instead of {limit} s"
    if is_full:
        yield from missing(figures)


def missing(figures):
    """What a whole run must have seen for its figures to mean anything."""
    if figures["kills"] < 200 or figures["events"] < 200_000:
        yield f"{figures['kills']} kills and {figures['events']:,} events are fewer than 200 and 200,000"
    for kind, least in LEAST_JUDGED.items():
        if figures["recovery"][kind]["lanes"] < least:
            yield f"recovery {TITLES[kind]} was judged {figures['recovery'][kind]['lanes']} times, fewer than {least}"
    for kind, points in figures["faults"].items():
        if not any(done for done, _ in points.values()):
            yield f"{kind} never came to pass"
        elif kind in schedule.KILLS:
            for what in schedule.KILLS[kind]:
                if not points.get(what, [0])[0]:
                    yield f"{kind} never came to pass at {what}"


def write(folder, figures, body, machine):
    """Writes the text and the figures, under the time and as the latest."""
    os.makedirs(folder, exist_ok=True)
    at = datetime.datetime.now(datetime.timezone.utc)
    kept = json.dumps({"at": at.isoformat(timespec="seconds"), "machine": machine, **figures}, indent=1)
    for name in (f"{at:%Y-%m-%d-%H%M%S}", "latest"):
        for kind, content in (("txt", body + "\n"), ("json", kept)):
            with open(os.path.join(folder, f"{name}.{kind}"), "w") as file:
                file.write(content)
