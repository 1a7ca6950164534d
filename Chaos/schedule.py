"""Which harm is done in a round, and when: decided by the seed alone."""
import faults
from faults import at, points

WORKERS = ("work", "process_events")

# Of each kind of kill, everything that can be drawn.
KILLS = {
    "kill serve": [faults.kill("serve")],
    "kill work": [faults.kill("work")],
    "kill far": [faults.kill("far")],
    "kill cron": [faults.kill("cron")],
    "kill database": [faults.kill("database")],
    "kill while sending": [faults.while_sending(kind) for kind in ("half", "received", "answered")],
    "kill serve at a point": [at(point, "kill") for point in points("serve", duties=("accept",), moments=(
        "before-{}-commit", "after-{}-commit"))],
    "kill work at a point": [at(point, "kill") for point in points("work")],
    "kill cron at a point": [at(point, "kill") for point in points("process_events")],
    "kill database at a point": [at(point, "kill-database") for point in points("work", moments=(
        "before-{}-commit", "after-{}-commit")) + points("serve", duties=("accept",), moments=("after-{}-commit",))],
}
WIRE = {
    "lose the answer to COMMIT": [at(point, "lose") for point in points(*WORKERS, moments=("after-{}-commit",))
                                  + points("serve", duties=("accept",), moments=("after-{}-commit",))],
    "tear an answer": [at("serve:after-accept-commit", "tear")]
                      + [at(point, "tear") for point in points(*WORKERS, moments=("during-{}",))],
    "cut a transaction": [at(point, "cut") for point in points(*WORKERS, moments=("before-{}-commit", "mid-{}"))
                          + points("serve", duties=("accept",), moments=("before-{}-commit",))],
    "cut all connections": [faults.cut_all(role) for role in ("serve", "work", "process_events")],
}
LONG = {
    "half-open connection": [at(point, "half-open") for point in points("work", moments=("before-{}-commit", "mid-{}"))],
    "frozen connection": [at(point, "freeze") for point in points("work", moments=("before-{}-commit",))
                          + points("serve", duties=("accept",), moments=("before-{}-commit",))],
}
# Takes longer than a lease: a long round has others done at the same time.
BESIDE = {"stop past the lease": [faults.stop_past_the_lease]}
TABLES = {
    "backup": [faults.dump],
    "change of tables": [faults.change_tables],
    "small packets": [faults.shrink_packets],
}
CLOCK = {f"clock {seconds:+d} s": [faults.jump_clock(seconds)] for seconds in (3600, -3600, 20)}
DISK = {"disk full": [faults.fill_disk]}


def draw(random, kinds, count):
    """`count` faults, each kind in turn before one comes again."""
    names = []
    while len(names) < count:
        names += random.sample(list(kinds), len(kinds))
    return [(name, random.choice(kinds[name])) for name in names[:count]]


def ordinary(random, kills, wire, others=()):
    """So many kills, and so much harm to connections, and what else there is, in any order."""
    drawn = [*draw(random, KILLS, kills), *draw(random, WIRE, wire), *others]
    random.shuffle(drawn)
    return drawn


def pause(random, name):
    """After a kill mostly long enough for everything to recover, so that recovery can be timed; sometimes not at all."""
    if name not in KILLS or "serve" in name:
        return random.uniform(0.2, 0.8)
    return random.uniform(0, 0.4) if random.random() < 0.1 else random.uniform(2.05, 2.4)
