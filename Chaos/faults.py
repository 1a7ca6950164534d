"""The harm that is done, each kind as a function of the installation and of chance. It returns whether it came to pass."""
import json
import os
import signal
import socket
import subprocess
import time

from settings import DAEMONS, DATABASE, LEASE_SECONDS, SILENCE_SECONDS

# How long a moment is waited for: not every program comes to every point at any time.
PATIENCE_SECONDS = 2


def order(path, **fields):
    """Gives an order to the proxy or to the sink, and returns its answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS + 10)
        connection.connect(path)
        connection.sendall(json.dumps(fields).encode() + b"\n")
        return json.loads(connection.makefile().readline())


def alone(fault, seconds):
    """The fault, and a time in which nothing else is done."""
    def run(installation, random):
        is_done = fault(installation, random)
        time.sleep(seconds)
        return is_done
    return run


# kill -9 at any moment.

def kill(role):
    def run(installation, random):
        name = random.choice(DAEMONS) if role == "work" else role
        is_done = installation.supervisor.kill(name, f"kill {role}")
        if is_done and role == "database":
            installation.wait_for_database()
        return is_done
    return run


# At a point that the proxy knows.

def at(point, action):
    def run(installation, random):
        database = installation.supervisor.roles["database"].pid
        if not database:
            return False
        answer = order(installation.path("proxy.sock"), point=point, action=action, seconds=PATIENCE_SECONDS, database=database)
        if answer["hit"] and action == "kill-database":
            installation.wait_for_database()
        if answer["hit"]:
            time.sleep(SILENCE_SECONDS.get(action, 0))
        return bool(answer["hit"])
    return run


# In the middle of a request to a receiver.

def while_sending(kind):
    def run(installation, random):
        workers = installation.supervisor.living(*DAEMONS, "cron")
        return bool(order(installation.path("sink.sock"), trap=kind, workers=workers, seconds=PATIENCE_SECONDS)["worker"])
    return run


def behind_a_death(fault):
    """The fault right after somebody died with something in flight: only what was is counted ahead of the next attempt."""
    def run(installation, random):
        return while_sending("received")(installation, random) and fault(installation, random)
    return run


# Harm that kills nobody.

def stop_past_the_lease(installation, random):
    """A worker is stopped until others have its lanes, and comes back as if nothing had been."""
    supervisor = installation.supervisor
    role = supervisor.roles[random.choice(DAEMONS)]
    life, process = role.life, role.process
    if process is None:
        return False
    supervisor.journal.write("fault", fault="stop work", workers=[life], kills=0)
    process.send_signal(signal.SIGSTOP)
    end = time.monotonic() + LEASE_SECONDS + random.uniform(0.5, 2)
    # Somebody else may kill it meanwhile.
    while time.monotonic() < end and role.life == life:
        time.sleep(0.05)
    process.send_signal(signal.SIGCONT)
    supervisor.journal.write("over", fault="stop work")
    return role.life == life


def keep_database_away(installation, random):
    """MariaDB dies and stays away for longer than a lease."""
    supervisor = installation.supervisor
    role = supervisor.roles["database"]
    role.pause = LEASE_SECONDS + random.uniform(1, 3)
    is_done = supervisor.kill("database", "database away")
    if is_done:
        installation.wait_for_database()
    role.pause = 0
    return is_done


def cut_all(role):
    def run(installation, random):
        return order(installation.path("proxy.sock"), now="cut", role=role)["hit"] > 0
    return run


def dump(installation, random):
    """A backup, as docs/operations.md recommends it."""
    journal = installation.supervisor.journal
    journal.write("fault", fault="backup", workers=["nobody"], kills=0)
    result = subprocess.run(
        ["mariadb-dump", "--no-defaults", "-S", installation.server.socket, "-u", "root", "--single-transaction", "--quick",
         DATABASE], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    journal.write("over", fault="backup")
    return result.returncode == 0


def change_tables(installation, random):
    """The tables are changed under load: in place, and by copying, which keeps writers out."""
    table = random.choice(["event_queue", "event_delivery", "event_lane", "delivery_attempt"])
    journal = installation.supervisor.journal
    journal.write("fault", fault="change of tables", workers=[], kills=0)
    changes = ("ADD COLUMN chaos INT NOT NULL DEFAULT 0", "DROP COLUMN chaos", "FORCE, ALGORITHM=COPY")
    are_made = [installation.server.can(f"ALTER TABLE {table} {change}", DATABASE) for change in changes]
    journal.write("over", fault="change of tables")
    return any(are_made)


def shrink_packets(installation, random):
    """max_allowed_packet falls below what is in the queue, and all connections are made anew, then and afterwards."""
    journal = installation.supervisor.journal
    proxy = installation.path("proxy.sock")
    journal.write("fault", fault="small packets", workers=[], kills=0)
    for size, seconds in ((128 << 10, 2), (1 << 20, 0)):
        installation.server.ask(f"SET GLOBAL max_allowed_packet = {size}")
        for role in ("serve", "work", "process_events"):
            order(proxy, now="cut", role=role)
        time.sleep(seconds)
    journal.write("over", fault="small packets")
    return True


# Only where the installation is made for it.

def jump_clock(seconds):
    def run(installation, random):
        journal = installation.supervisor.journal
        name = f"clock {seconds:+d} s"
        journal.write("fault", fault=name, workers=[], kills=0)
        installation.server.set_clock(seconds)
        time.sleep(4)
        ahead = int(installation.server.ask("SELECT UNIX_TIMESTAMP()")[0][0]) - time.time()
        installation.server.set_clock(0)
        time.sleep(2)
        journal.write("over", fault=name)
        return abs(ahead - seconds) < 3
    return run


def fill_disk(installation, random):
    journal, server = installation.supervisor.journal, installation.server
    refusals = server.refusals()
    journal.write("fault", fault="disk full", workers=[], kills=0)
    ballast = os.path.join(server.directory, "ballast")
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * (1 << 16))
        except OSError:
            pass
    time.sleep(random.uniform(3, 5))
    os.remove(ballast)
    installation.wait_for_database()
    journal.write("over", fault="disk full")
    return server.refusals() > refusals
