"""A private MariaDB that can be killed, deceived about the time and left without room."""
import os
import subprocess
import time

from database import Database
from processes import wait_for
from settings import PACKET_BYTES

SETTINGS = [
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=256M",
    "--innodb-log-file-size=64M",
    "--max-connections=200",
    f"--max-allowed-packet={PACKET_BYTES}",
    "--character-set-server=utf8mb4",
    "--skip-networking",
    "--skip-name-resolve",
]
CRAMPED_MEBIBYTES = 512
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class Server(Database):
    """The same files across its lives."""

    def __init__(self, processes, place, is_deceived=False, is_cramped=False):
        super().__init__(processes, place, SETTINGS)
        self.clock = os.path.join(place, "clock")
        self.is_deceived = is_deceived
        if is_deceived:
            self.set_clock(0)
        self.is_cramped = is_cramped
        if is_cramped:
            # A file system of its own, small enough to be filled.
            os.mkdir(self.directory)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={CRAMPED_MEBIBYTES}m", "tmpfs", self.directory], check=True)

    def release(self):
        """Gives back what the machine lent."""
        if self.is_cramped:
            subprocess.run(["umount", "--lazy", self.directory], check=True)

    def launch(self, **options):
        if self.is_deceived:
            options["env"] = {
                **os.environ, "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.clock,
                "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return super().launch(**options)

    def set_clock(self, seconds):
        """How far its clock is ahead of the host's, from about a second later on."""
        with open(self.clock + ".new", "w") as file:
            file.write(f"{seconds:+d}s\n")
        os.rename(self.clock + ".new", self.clock)

    def ask(self, statement, database="", check=True):
        """Runs a statement on a connection of its own. Returns the rows, as lists of texts."""
        result = subprocess.run(
            ["mariadb", "--no-defaults", "-S", self.socket, "-u", "root", "--batch", "--skip-column-names", database,
             "-e", statement], capture_output=True, text=True, check=check)
        return [line.split("\t") for line in result.stdout.splitlines()]

    def can(self, statement, database=""):
        """Runs a statement. Returns whether it succeeded."""
        return subprocess.run(
            ["mariadb", "--no-defaults", "-S", self.socket, "-u", "root", database, "-e", statement],
            capture_output=True).returncode == 0

    def answers(self):
        return self.can("SELECT 1")

    def refusals(self):
        """How many writes found no room, as its log has it."""
        with open(self.processes.log("mariadbd"), errors="replace") as log:
            return sum("is full" in line for line in log)

    def wait_until_it_answers(self, seconds=60):
        wait_for("MariaDB", self.answers, seconds=seconds, pause=0.02)
        return time.monotonic()
