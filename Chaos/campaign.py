"""The rounds of a run."""
import os
import random

import schedule
from round import Plan
from server import FAKETIME


def plans(seed, is_short):
    """The rounds, and sentences about what this machine does not allow."""
    rounds = short(seed) if is_short else full(seed)
    allowed, not_run = [], []
    for plan in rounds:
        reason = missing(plan)
        if reason:
            not_run.append(f"{plan.title} ({reason})")
        else:
            allowed.append(plan)
    return allowed, not_run


def missing(plan):
    if plan.is_deceived and not os.path.exists(FAKETIME):
        return "libfaketime is not installed"
    if plan.is_cramped and os.getuid() != 0:
        return "only root may mount a file system of its own"
    return None


def full(seed):
    """Eight ordinary rounds of 27 kills, and one for each fault that needs an installation of its own."""
    found = []
    for number in range(8):
        chance = random.Random(seed * 100 + number)
        found.append(Plan("ordinary", seed * 100 + number, 350,
                          schedule.ordinary(chance, kills=27, wire=6, long=1, tables=1), calm_seconds=4,
                          beside=schedule.draw(chance, schedule.BESIDE, 1)))
    return found + special(seed * 100 + 50, rate=250)


def short(seed):
    """One round with a kill of each kind."""
    chance = random.Random(seed)
    faults = schedule.ordinary(chance, kills=len(schedule.KILLS), wire=len(schedule.WIRE))
    return [Plan("ordinary", seed, 120, faults + schedule.draw(chance, schedule.BESIDE, 1), calm_seconds=2)]


def special(seed, rate):
    chance = random.Random(seed)
    return [
        Plan("clock", seed, rate, schedule.draw(chance, schedule.CLOCK, 3), calm_seconds=3, is_deceived=True),
        Plan("disk", seed + 1, rate, schedule.draw(chance, schedule.DISK, 2), calm_seconds=3, is_cramped=True),
    ]
