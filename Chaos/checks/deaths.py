"""Nobody ends but by our hand, and whoever is asked to end does so in order."""
import signal

from checks.violation import Violation

# So long after its start SIGTERM may still end a program at once.
STARTING_SECONDS = 1
# A death is written down so much later at the most.
GRACE_SECONDS = 2


def check(history):
    for life in history.lives.values():
        if life.status is not None and not is_well(history, life):
            how = signal.Signals(-life.status).name if life.status < 0 else f"status {life.status}"
            yield Violation("died", f"{life.name} ended with {how}" + (" when it was asked to" if life.is_asked else ""))


def is_well(history, life):
    if life.is_asked:
        is_starting = life.ended - life.started < STARTING_SECONDS
        return life.status == 0 or is_starting and life.status == -signal.SIGTERM
    if life.status == -signal.SIGKILL and was_killed(history, life) or is_out_of_room(history, life):
        return True
    # Its runs end by themselves, in vain where something keeps them from the database.
    return life.role == "cron" and (life.status == 0 or life.status > 0 and was_hindered(history, life))


def was_killed(history, life):
    """What kills the database names nobody."""
    return any(fault.kills and life.started <= fault.at <= life.ended + GRACE_SECONDS
               and (life.name in fault.workers or life.role == "database" and not fault.workers) for fault in history.faults)


def is_out_of_room(history, life):
    """InnoDB aborts the server when it finds no room for a rollback."""
    return life.role == "database" and life.status == -signal.SIGABRT and any(
        fault.name == "disk full" and fault.at <= life.ended <= fault.until for fault in history.faults)


def was_hindered(history, life):
    return any(fault.hits(life.name) and fault.at <= life.ended and fault.until + GRACE_SECONDS >= life.started
               for fault in history.faults)
