"""Nobody dies but by our hand."""
import signal

from checks.violation import Violation


def check(history):
    killed = {worker for fault in history.faults if fault.kills for worker in fault.workers}
    is_database_killed = any(fault.kills and not fault.workers for fault in history.faults)
    for life in history.lives.values():
        # The supervisor itself says SIGTERM, and a program that has just been started dies of it.
        if life.status is None or life.status >= 0 or life.status == -signal.SIGTERM or life.name in killed:
            continue
        if life.role == "database" and is_database_killed:
            continue
        yield Violation("died", f"{life.name} was ended by {signal.Signals(-life.status).name}")
