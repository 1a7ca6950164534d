"""The figures of a run, as text and as JSON."""
import collections
import datetime
import json
import os
import statistics

import recovery

LIMITS = {"same host": recovery.SAME_HOST_SECONDS, "database": recovery.SAME_HOST_SECONDS,
          "elsewhere": recovery.LEASE_SECONDS}
TITLES = {"same host": "after a death on the same host", "database": "after the database is back",
          "elsewhere": f"after a death on another host or a stop (lease {recovery.LEASE_SECONDS} s)"}
# What the target table counts, by kind of violation.
COUNTS = {
    "lost": {"lost", "torn", "stuck"},
    "out of order": {"order", "overlap"},
    "repeated without having been in flight": {"repeated"},
    "other broken promises": {"kept", "twice", "phantom", "changed", "isolation", "dead", "tables", "died"},
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
    by_recovery = {}
    for kind in LIMITS:
        found = [one for result in results for one in result.recoveries if one.kind == kind]
        clean = [one.seconds for one in found if one.is_clean]
        by_recovery[kind] = {"lanes": len(clean), "p50": median(clean), "max": max(clean, default=None),
                             "disturbed": len(found) - len(clean), "slowest": slowest(results, kind)}
    answers = [seconds for result in results for seconds in result.responder]
    by_recovery["responder"] = {"lanes": len(answers), "p50": median(answers), "max": max(answers, default=None),
                                "disturbed": 0}
    faults = collections.Counter()
    for result in results:
        for name, (done, not_done) in result.done.items():
            faults[name] += done
            faults[name + " (did not come to pass)"] += not_done
    return {
        "rounds": len(results),
        **{name: sum(getattr(result, name) for result in results) for name in (
            "kills", "events", "deliveries", "in_flight_at_kills", "repeats", "late_by_a_stopped_worker")},
        "violations": dict(kinds),
        "recovery": by_recovery,
        "faults": {name: count for name, count in sorted(faults.items()) if count},
        "seconds": round(sum(result.seconds for result in results)),
    }


def text(figures, not_run):
    lines = [f"rounds {figures['rounds']}, kills {figures['kills']}, events accepted {figures['events']:,}, "
             f"deliveries received {figures['deliveries']:,}, {figures['seconds']} s", ""]
    for title, kinds in COUNTS.items():
        lines.append(f"{title:42}{sum(figures['violations'].get(kind, 0) for kind in kinds):>8}")
    lines.append(f"{'repeated, having been in flight':42}{figures['repeats']:>8}")
    lines.append(f"{'in flight at the kills':42}{figures['in_flight_at_kills']:>8}")
    if figures["late_by_a_stopped_worker"]:
        lines.append(f"{'of the repeats, late by a stopped worker':42}{figures['late_by_a_stopped_worker']:>8}")
    lines += ["", f"{'recovery, in seconds':56}{'lanes':>7}{'p50':>8}{'max':>8}"]
    for kind, found in figures["recovery"].items():
        title = TITLES.get(kind, "until the responder accepts again (kills, not lanes)")
        shown = "".join(f"{value:8.2f}" if value is not None else f"{'-':>8}" for value in (found["p50"], found["max"]))
        lines.append(f"{title:56}{found['lanes']:7}{shown}")
    disturbed = sum(found["disturbed"] for found in figures["recovery"].values())
    lines.append(f"  not counted: {disturbed} lanes that something else was done to meanwhile")
    lines += ["", "what was done:"] + [f"  {name:54}{count:6}" for name, count in figures["faults"].items()]
    lines += [f"  not run here: {reason}" for reason in not_run]
    return "\n".join(lines)


def missed(figures, is_full):
    """The targets that were not reached, as sentences."""
    broken = sum(figures["violations"].values())
    if broken:
        yield f"{broken} broken promises"
    for kind, limit in LIMITS.items():
        found = figures["recovery"][kind]
        if found["max"] is not None and found["max"] > limit:
            yield f"recovery {TITLES[kind]} took up to {found['max']:.2f} s instead of {limit} s"
    if is_full and (figures["kills"] < 200 or figures["events"] < 200_000):
        yield f"{figures['kills']} kills and {figures['events']:,} events are fewer than 200 and 200,000"


def write(folder, figures, body, machine):
    """Writes latest.txt and latest.json."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "latest.txt"), "w") as file:
        file.write(body + "\n")
    with open(os.path.join(folder, "latest.json"), "w") as file:
        at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        json.dump({"at": at, "machine": machine, **figures}, file, indent=1)
