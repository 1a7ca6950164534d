"""What may cost a worker the lanes that it holds. A living one that can speak to the database keeps them, whatever else happens."""
from settings import LEASE_SECONDS

# A lease is renewed when a third of it is over: what the worker cannot renew may be somebody else's after less than a whole one.
SHORTEST_LEASE_SECONDS = LEASE_SECONDS / 2


def ended(fault, worker, at):
    """Whether it was the death of this worker, and had been by then."""
    return bool(fault.kills) and worker in fault.workers and fault.at <= at


def ran_out(fault, receipt, at):
    """Whether a lease may have ended by `at` while the worker had this request under way, which it was not free to break off."""
    is_long_stop = fault.is_stop and receipt.worker in fault.workers and at >= fault.at + SHORTEST_LEASE_SECONDS
    return (is_long_stop or is_leap(fault)) and fault.at <= at and receipt.at <= fault.until


def is_leap(fault):
    """Whether the database's clock went forward by more than a lease: at once, or at the end, when it was put back before."""
    return fault.name.startswith("clock") and abs(int(fault.name.split()[1])) >= LEASE_SECONDS


def was_silenced(fault, receipt, at):
    """Whether the worker may have lost lanes by `at` because nothing that it said reached the database."""
    is_silence = fault.hits(receipt.worker) and fault.until >= fault.at + SHORTEST_LEASE_SECONDS and (
        fault.kills or fault.name.endswith((":freeze", ":half-open")))
    return is_silence and fault.at + SHORTEST_LEASE_SECONDS <= at and receipt.at <= fault.until
