"""The rounds of a run."""
import os

import schedule
from round import Plan
from schedule import Dealer
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
    dealer = Dealer(seed)
    # Each of what takes long comes in some round.
    others = zip(dealer.draw(schedule.LONG, ROUNDS), dealer.draw(schedule.TABLES, ROUNDS))
    return [
        Plan("ordinary", seed * 100 + number, 420, dealer.ordinary(kills=40, wire=6, others=pair),
             beside=dealer.draw(schedule.BESIDE, 1))
        for number, pair in enumerate(others)] + special(seed * 100 + 50)


def short(seed):
    """One round with a kill of each kind."""
    dealer = Dealer(seed)
    faults = dealer.ordinary(kills=len(schedule.KILLS), wire=len(schedule.WIRE))
    return [Plan("ordinary", seed, 120, faults + dealer.draw(schedule.BESIDE, 1), calm_seconds=5)]


def special(seed):
    dealer = Dealer(seed)
    return [
        Plan("clock", seed, 250, dealer.draw(schedule.CLOCK, 3), is_deceived=True),
        Plan("disk", seed + 1, 250, dealer.draw(schedule.DISK, 2), is_cramped=True),
        Plan("lease", seed + 2, 300, dealer.draw(schedule.LEASE, 6)),
        # So few that the runs keep up: one that finds lanes to claim does not route.
        Plan("cron alone", seed + 3, 25, dealer.each(schedule.CRON_ALONE), is_cron_alone=True),
    ]
