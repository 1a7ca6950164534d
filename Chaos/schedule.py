"""Which harm is done in a round, and when: decided by the seed alone."""
import random

import faults
from settings import LEASE_SECONDS

BEFORE, AFTER, MID, DURING = "before-{}-commit", "after-{}-commit", "mid-{}", "during-{}"
ACCEPT = ["accept"]
# What workers commit; a cron run hardly ever has a lane to keep or give back that it has nothing to settle in.
CRON = ["route", "claim", "settle", "count"]
WORK = [*CRON, "lanes"]
# Only where somebody has just died.
DYING = [*WORK, "rescue"]
# Where they ask more before they commit, as a responder does that delivers within the request.
LOOKING = ["route", "claim"]


def at_points(action, role, duties, *moments):
    points = [f"{role}:{moment.format(duty)}" for duty in duties for moment in moments]
    return {point: faults.at(point, action) for point in points}


def only(fault):
    """A kind that there is but one of."""
    return {"": fault}


# Of each kind of harm, everything that can be drawn, by its name.
KILLS = {
    "kill serve": only(faults.kill("serve")),
    "kill work": only(faults.kill("work")),
    "kill far": only(faults.kill("far")),
    "kill cron": only(faults.kill("cron")),
    "kill database": only(faults.kill("database")),
    "kill while sending": {kind: faults.while_sending(kind) for kind in ("half", "received", "answered")},
    "kill serve at a point": at_points("kill", "serve", ACCEPT, BEFORE, AFTER, MID),
    "kill work at a point": at_points("kill", "work", DYING, BEFORE, AFTER) | at_points("kill", "work", LOOKING, MID),
    "kill cron at a point": at_points("kill", "process_events", CRON, BEFORE, AFTER)
                            | at_points("kill", "process_events", LOOKING, MID),
    "kill database at a point": at_points("kill-database", "serve", ACCEPT, BEFORE, AFTER)
                                | at_points("kill-database", "work", DYING, BEFORE, AFTER)
                                | at_points("kill-database", "process_events", CRON, BEFORE, AFTER),
}
WIRE = {
    "lose the answer to COMMIT": at_points("lose", "serve", ACCEPT, AFTER) | at_points("lose", "work", WORK, AFTER)
                                 | at_points("lose", "process_events", CRON, AFTER),
    "tear an answer": at_points("tear", "serve", ACCEPT, AFTER) | at_points("tear", "work", WORK, DURING)
                      | at_points("tear", "process_events", CRON, DURING),
    "cut a transaction": at_points("cut", "serve", ACCEPT, BEFORE, MID) | at_points("cut", "work", WORK, BEFORE)
                         | at_points("cut", "work", LOOKING, MID) | at_points("cut", "process_events", CRON, BEFORE)
                         | at_points("cut", "process_events", LOOKING, MID),
    "cut all connections": {role: faults.cut_all(role) for role in ("serve", "work", "process_events")},
}
LONG = {
    "half-open connection": at_points("half-open", "work", WORK, BEFORE) | at_points("half-open", "work", LOOKING, MID),
    "frozen connection": at_points("freeze", "serve", ACCEPT, BEFORE) | at_points("freeze", "work", WORK, BEFORE, AFTER),
    "database away past the lease": only(faults.keep_database_away),
}
# Takes longer than a lease: a long round has others done at the same time.
BESIDE = {"stop past the lease": only(faults.stop_past_the_lease)}
# The same with nothing else done until the lease is over, so that what happens then can be timed.
LEASE = {
    "kill far": only(faults.alone(faults.kill("far"), LEASE_SECONDS + 3)),
    "stop past the lease": only(faults.alone(faults.stop_past_the_lease, 2)),
}
# What a cron run is killed at, or cut off, where no daemon does its work.
CRON_ALONE = {
    kind: {point: fault for point, fault in faults_at.items() if point.startswith("process_events:")}
    for kind, faults_at in {**KILLS, **WIRE}.items() if any(point.startswith("process_events:") for point in faults_at)
}
TABLES = {
    "backup": only(faults.dump),
    "change of tables": only(faults.change_tables),
    "small packets": only(faults.shrink_packets),
}
CLOCK = {f"clock {seconds:+d} s": only(faults.jump_clock(seconds)) for seconds in (3600, -3600, 20)}
DISK = {"disk full": only(faults.fill_disk)}
ALL = {**LEASE, **KILLS, **WIRE, **LONG, **TABLES, **CLOCK, **DISK}


class Dealer:
    """Draws faults. Whatever there is of a kind comes once before anything of it comes again, in all rounds together."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.decks = {}

    def draw(self, kinds, count):
        """`count` faults, each kind in turn before one comes again, as the names of the kind and of what it is, and the fault."""
        names = []
        while len(names) < count:
            names += self.random.sample(list(kinds), len(kinds))
        return [self.deal(name, kinds[name]) for name in names[:count]]

    def deal(self, name, choices):
        deck = self.decks.setdefault(name, [])
        if not deck:
            deck += self.random.sample(list(choices), len(choices))
        what = deck.pop()
        return name, what, choices[what]

    def each(self, kinds):
        """Whatever there is of some kinds, once, in any order."""
        drawn = [self.deal(name, choices) for name, choices in kinds.items() for _ in choices]
        self.random.shuffle(drawn)
        return drawn

    def ordinary(self, kills, wire, others=()):
        """So many kills, and so much harm to connections, and what else there is, in any order."""
        drawn = [*self.draw(KILLS, kills), *self.draw(WIRE, wire), *others]
        self.random.shuffle(drawn)
        return drawn


def pause(random, name):
    """After a kill mostly long enough for everything to recover, so that recovery can be timed; sometimes not at all."""
    if name not in KILLS or "serve" in name:
        return random.uniform(0.2, 0.8)
    return random.uniform(0, 0.4) if random.random() < 0.1 else random.uniform(2.05, 2.4)
