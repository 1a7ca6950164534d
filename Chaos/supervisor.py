"""Starts programs again the moment they end, as systemd or cron would, and writes down who lived when."""
import signal
import threading
import time

from journal import Journal


class Role:
    """A program that is to run: each life of it has a name of its own."""

    def __init__(self, name, start, pause=0):
        self.name = name
        # Called with the name of the new life; returns the process.
        self.start = start
        self.pause = pause
        self.lives = 0
        self.process = None
        self.next_start = 0

    @property
    def life(self):
        return f"{self.name}-{self.lives}"

    @property
    def pid(self):
        process = self.process
        return process.pid if process and process.poll() is None else None


class Supervisor:
    def __init__(self, journal_path):
        self.journal = Journal(journal_path)
        self.roles = {}
        # Whoever looks at a role's life sees its process, too.
        self.lock = threading.Lock()
        self.is_stopping = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def add(self, role):
        with self.lock:
            self.launch(role)
            self.roles[role.name] = role

    def watch(self):
        while not self.is_stopping.wait(0.01):
            with self.lock:
                for role in self.roles.values():
                    self.look_after(role)

    def look_after(self, role):
        if role.process and role.process.poll() is not None:
            self.write_end(role, asked=False)
            role.process = None
            role.next_start = time.monotonic() + role.pause
        if role.process is None and time.monotonic() >= role.next_start:
            self.launch(role)

    def launch(self, role):
        role.lives += 1
        role.process = role.start(role.life)
        self.journal.write("started", name=role.life, role=role.name, pid=role.process.pid)

    def living(self, *names):
        """The pids of those that run, by the name of their life."""
        with self.lock:
            roles = (self.roles[name] for name in names if name in self.roles)
            return {role.life: role.pid for role in roles if role.pid}

    def kill(self, name, fault):
        """kill -9, written down at the moment that it is sent. Returns whether there was somebody to kill."""
        with self.lock:
            role = self.roles[name]
            if role.pid is None:
                return False
            role.process.send_signal(signal.SIGKILL)
            self.journal.write("fault", fault=fault, workers=[role.life], kills=1)
        return True

    def end(self, *names):
        """Lets programs end in order, and not start again."""
        for name in names:
            with self.lock:
                role = self.roles.pop(name)
            if role.process:
                role.process.send_signal(signal.SIGTERM)
                role.process.wait(60)
                self.write_end(role, asked=True)

    def write_end(self, role, asked):
        self.journal.write("ended", name=role.life, status=role.process.returncode, asked=asked)

    def stop(self):
        self.is_stopping.set()
        self.thread.join()
