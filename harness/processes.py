"""The processes that a run starts. Each is ended by its own id, whatever happens."""
import contextlib
import os
import signal
import subprocess
import sys
import time

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Failed(Exception):
    """Something that was started did not do what it was started for."""


def end_when_told():
    """Lets a signal that asks for the end raise SystemExit, once: a second one, out of impatience, would leave processes behind."""
    def end(*_):
        for stopping in STOPPING:
            # Not SIG_IGN: what is started to clean up would inherit it.
            signal.signal(stopping, lambda *_: None)
        sys.exit(1)

    for stopping in STOPPING:
        signal.signal(stopping, end)


class Processes:
    """Started processes, the last one ended first. Their output goes to log files in `place`."""

    def __init__(self, place):
        self.place = place
        self.running = []

    def start(self, name, command, **options):
        log = self.log(name)
        with open(log, "ab") as output:
            options.setdefault("stdin", subprocess.DEVNULL)
            options.setdefault("stdout", output)
            process = subprocess.Popen(command, stderr=output, **options)
        self.running.append((name, process))
        return process

    def log(self, name):
        return os.path.join(self.place, name + ".log")

    def stop(self, process, patience=20):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running = [(name, other) for name, other in self.running if other is not process]

    @contextlib.contextmanager
    def scope(self):
        """Ends on leaving whatever was started inside."""
        before = {process.pid for _, process in self.running}
        try:
            yield
        finally:
            for _, process in reversed(list(self.running)):
                if process.pid not in before:
                    self.stop(process)

    def run(self, name, command, patience=900, **options):
        """Runs a program to its end, under the eyes of `scope`. Returns what it printed and how many seconds it took."""
        start = time.monotonic()
        process = self.start(name, command, stdout=subprocess.PIPE, text=True, **options)
        try:
            output, _ = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            self.stop(process)
            raise Failed(f"{name} did not end within {patience} s: {self.tail(name)}") from None
        seconds = time.monotonic() - start
        self.stop(process)
        if process.returncode:
            raise Failed(f"{name} ended with {process.returncode}: {self.tail(name)}")
        return output, seconds

    def tail(self, name):
        with open(self.log(name), errors="replace") as log:
            return "".join(log.readlines()[-5:]).strip() or "it said nothing"


def wait_for(what, condition, seconds=60, pause=0.01):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(pause)
    raise Failed(f"{what} did not happen within {seconds} s")


def resident_mebibytes(process, peak=False):
    """Resident memory now, or the most that it ever was."""
    field = "VmHWM:" if peak else "VmRSS:"
    with open(f"/proc/{process.pid}/status") as status:
        for line in status:
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    raise Failed(f"no {field} of process {process.pid}")
