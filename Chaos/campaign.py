"""The rounds of a run."""
import os
import random

import schedule
from round import Plan
from server import FAKETIME


ROUNDS = 7


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
    """Ordinary rounds, and one for each fault that needs an installation of its own."""
    chance = random.Random(seed)
    # Each of what takes long comes in some round.
    others = zip(schedule.draw(chance, schedule.LONG, ROUNDS), schedule.draw(chance, schedule.TABLES, ROUNDS))
    return [
        Plan("ordinary", seed * 100 + number, 420, schedule.ordinary(chance, kills=30, wire=6, others=pair),
             calm_seconds=4, beside=schedule.draw(chance, schedule.BESIDE, 1))
        for number, pair in enumerate(others)] + special(seed * 100 + 50, rate=250)


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
