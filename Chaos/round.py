"""A round: an installation is made, harm is done to it under load, and what happened is held against the promises."""
import concurrent.futures
import dataclasses
import random
import time

import checks
import faults
import history as histories
import recovery
import schedule
from checks import repeats
from checks.violation import Violation
from installation import Installation
from settings import DAEMONS, FAR

# Processes start before anything is judged.
WARM_UP_SECONDS = 1.5
# How often a point that was not come by is waited for again.
MORE_CHANCES = 4


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a round does. Its seed decides everything but what the machine makes of it."""
    title: str
    seed: int
    rate: int
    faults: list
    calm_seconds: float = 8
    # What is done at the same time as the faults.
    beside: list = dataclasses.field(default_factory=list)
    drain_seconds: float = 60
    is_deceived: bool = False
    is_cramped: bool = False
    # Whether the daemons are ended first: beside them a cron run hardly ever finds something to route.
    is_cron_alone: bool = False


@dataclasses.dataclass
class Result:
    """What is kept of a round: figures, not its history, which is large."""
    plan: Plan
    kills: int
    events: int
    deliveries: int
    in_flight_at_kills: int
    repeats: int
    repeats_by_kills: int
    late_by_a_stopped_worker: int
    violations: list
    recoveries: list
    # By kind of fault and what it was, how often it came to pass and how often not.
    done: dict
    seconds: float


def run(plan, place, recado):
    """Returns what came of it. Whatever happens, nothing that was started is left."""
    start = time.monotonic()
    installation = Installation(place, recado, plan.seed, plan.is_deceived, plan.is_cramped)
    try:
        installation.start(plan.rate)
        be_calm(installation, plan.calm_seconds)
        if plan.is_cron_alone:
            installation.supervisor.end(*DAEMONS, FAR)
        done = do_harm(installation, plan)
        installation.stop_dispatching()
        left = installation.drain(plan.drain_seconds)
        installation.require_witnesses()
        installation.stop_recado()
        installation.dump()
    finally:
        installation.stop()
    result = judged(plan, histories.load(installation.history), done, time.monotonic() - start)
    if left != 0:
        result.violations.append(
            Violation("stuck", f"{left} events and deliveries were not done after {plan.drain_seconds} s"))
    return result


def judged(plan, history, done, seconds):
    found = list(repeats.all_repeats(history))
    violations = checks.violations(history)
    return Result(
        plan, seconds=seconds, done=done,
        kills=sum(fault.kills for fault in history.faults),
        events=sum(dispatch.promise == "accepted" for dispatch in history.dispatches.values()),
        deliveries=len(history.receipts),
        in_flight_at_kills=sum(len(receipts) for fault, receipts in history.in_flight if fault.kills),
        repeats=len(found),
        repeats_by_kills=sum(repeat.cause is not None and repeat.cause.kills > 0 for repeat in found),
        late_by_a_stopped_worker=history.late.count,
        violations=violations,
        recoveries=list(recovery.recoveries(history)))


def be_calm(installation, seconds):
    """The time by which isolation is judged: more than usual goes to bad receivers meanwhile."""
    installation.dispatch_trouble()
    time.sleep(WARM_UP_SECONDS)
    since = time.monotonic()
    time.sleep(seconds)
    installation.supervisor.journal.write("calm", since=since)
    installation.stop_trouble()


def do_harm(installation, plan):
    """One fault after another, and some beside them. Returns how often each came to pass, and did not."""
    done, missed = {}, []

    def do(name, what, fault, chance):
        installation.require_witnesses()
        came_to_pass = fault(installation, chance)
        done.setdefault((name, what), [0, 0])[0 if came_to_pass else 1] += 1
        return came_to_pass
    with concurrent.futures.ThreadPoolExecutor() as pool:
        beside = [pool.submit(do, *drawn, random.Random(f"{plan.seed}/beside/{index}"))
                  for index, drawn in enumerate(plan.beside)]
        for index, (name, what, fault) in enumerate(plan.faults):
            # For each its own: what one makes of it must not change what another does.
            chance = random.Random(f"{plan.seed}/{index}")
            pause = schedule.pause(chance, name)
            if not do(name, what, fault, chance) and name in schedule.KILLS:
                # Who was to be killed was not there, or did not come by in time: somebody dies all the same.
                role = "cron" if plan.is_cron_alone else "work"
                do(f"kill {role}", "", faults.kill(role), chance)
                if what:
                    missed.append((name, what, fault))
            time.sleep(pause)
        for future in beside:
            future.result()
    chance = random.Random(f"{plan.seed}/again")
    for name, what, fault in missed:
        # What is in flight at a death leads to every point: its lane is claimed, its attempt is counted.
        any(do(name, what, faults.behind_a_death(fault), chance) for _ in range(MORE_CHANCES))
    return done
