"""Recado as a benchmark runs it: its release binary, a configuration of its own, a database of its own."""
import json
import os
import subprocess
import time

import web
from processes import Failed, wait_for


class Recado:
    """One installation, in `place`/`name`, on a database of that name."""

    def __init__(self, bench, name):
        self.bench = bench
        self.name = name
        self.folder = os.path.join(bench.place, name)
        self.socket = os.path.join(self.folder, "fcgi.sock")
        self.file = os.path.join(self.folder, "recado.yaml")
        os.makedirs(os.path.join(self.folder, "run"), exist_ok=True)
        if not os.path.exists(self.file):
            self.configure()
            bench.database.create(name)
            self.command("migrate")

    def configure(self, events=None, listeners=None):
        """Writes the configuration: everything that does not matter to a scenario stays at its default."""
        server = {"fastcgi": f"unix:{self.socket}"}
        if web.IS_ROOT:
            server["socket_group"] = web.WEB_USER
        with open(self.file, "w") as file:
            json.dump({
                "database": {"socket": self.bench.database.socket, "user": "root", "name": self.name},
                "server": server,
                "worker": {"runtime_directory": os.path.join(self.folder, "run")},
                "event_listeners": events or {},
                "listeners": listeners or {},
            }, file, indent=1)

    def listen(self, url):
        """One webhook for every event."""
        self.configure({"*": ["hook"]}, {"hook": webhook(url)})

    def command(self, *arguments):
        return self.bench.processes.run("recado", [self.bench.recado, *arguments, "--config", self.file])

    def serve(self):
        process = self.bench.processes.start("serve", [self.bench.recado, "serve", "--config", self.file])
        wait_for("the responder", lambda: os.path.exists(self.socket) or process.poll() is not None)
        if process.poll() is not None:
            raise Failed("recado serve: " + self.bench.processes.tail("serve"))
        return process

    def work(self):
        return self.bench.processes.start("work", [self.bench.recado, "work", "--config", self.file])

    def drain(self, first, last):
        """Starts a worker and measures how long it takes until the events from `first` to `last` are settled, its own start
        included. Returns events per second."""
        database = self.bench.database
        start = time.monotonic()
        worker = self.work()
        try:
            self.wait_until_settled(worker, last)
            seconds = time.monotonic() - start
        finally:
            self.bench.processes.stop(worker)
        if database.settled(self.name, first, last) != last - first + 1:
            raise Failed("recado left events behind")
        return (last - first + 1) / seconds

    def drain_part(self, first, last, beyond):
        """Starts a worker and waits until event `last` is settled. Returns the rate of all that was settled by then from
        `first` on, up to `beyond` events behind `last`: a worker reads ahead."""
        start = time.monotonic()
        worker = self.work()
        try:
            self.wait_for_event(worker, last)
            count = self.bench.database.settled(self.name, first, last + beyond)
            # What is settled while it is counted is in the time and not in the count.
            seconds = time.monotonic() - start
        finally:
            self.bench.processes.stop(worker)
        return count / seconds

    def wait_until_settled(self, worker, last, but=""):
        """Waits for the events up to `last`, those of names LIKE `but` aside.

        Order is kept within lanes only: whoever is later than the last is looked for afterwards.
        """
        late = last
        while late:
            self.wait_for_event(worker, late)
            late = self.bench.database.latest_open(self.name, but)

    def wait_for_event(self, worker, event):
        """By its primary key, and not too often: looking is work for the server that is being measured."""
        wait_for(f"event {event}", lambda: self.is_settled(worker, event), seconds=900, pause=0.02)

    def is_settled(self, worker, event):
        self.check(worker)
        return self.bench.database.settled(self.name, event, event) == 1

    def check(self, worker):
        """Fails where the worker has ended."""
        if worker.poll() is not None:
            raise Failed("recado work: " + self.bench.processes.tail("work"))


def webhook(url, **more):
    return {"type": "webhook", "url": url, "allow_private_addresses": True, **more}


def mute(processes, count=1):
    """Starts receivers that take what they are sent and never answer, each on an address of its own. Returns URLs."""
    program = processes.start("mute", ["python3", "-c", MUTE, str(count)], stdout=subprocess.PIPE, text=True)
    return [f"http://{address}/" for address in program.stdout.readline().split()]


# Nobody accepts: the kernel takes the connections and what is sent on them, and nothing comes back.
MUTE = """
import signal, socket, sys
servers = [socket.create_server((f"127.0.1.{n}", 0), backlog=1024) for n in range(1, int(sys.argv[1]) + 1)]
print(*(f"{host}:{port}" for host, port in (server.getsockname() for server in servers)), flush=True)
signal.pause()
"""
