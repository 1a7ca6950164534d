"""Configuration files. Each is taken, or refused with its mistakes named; the program neither crashes nor hangs."""
import concurrent.futures
import os
import re
import subprocess
import tempfile

import corpus
from mutation import mutated
from processes import Failed

PATIENCE = 30
AT_ONCE = 2
# One process per file: many files a second go through the same code in Tests/FuzzTests.
COMMANDS = (["config", "check"], ["config", "show"])
# All that there is without a line.
ABOUT_THE_FILE = ("is not UTF-8 text", "is larger than 1 MiB")


class Configurations:
    name = "config"
    inputs_per_batch = 20

    def __init__(self):
        self.seeds = list(corpus.seeds(self.name).values())

    def batch(self, random):
        return [mutated(random, random.choice(self.seeds), self.seeds) for _ in range(self.inputs_per_batch)]

    def run(self, target, inputs):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda data: self.check(target, data), inputs):
                pass

    def check(self, target, data):
        try:
            with tempfile.NamedTemporaryFile(dir=target.place, suffix=".yaml") as file:
                file.write(data)
                file.flush()
                ends = [self.end(target, command, file.name) for command in COMMANDS]
            if ends[0] != ends[1]:
                raise Failed("check and show do not agree")
        except Exception as problem:
            problem.input = data
            raise

    def end(self, target, command, path):
        try:
            end = subprocess.run([target.recado, *command, "--config", path], capture_output=True, timeout=PATIENCE,
                                 env={**target.environment, "HOME": os.path.dirname(path)})
        except subprocess.TimeoutExpired:
            raise Failed(f"{command} takes longer than {PATIENCE} s") from None
        said = end.stderr.decode()
        if end.returncode not in (0, 1):
            raise Failed(f"{command} ended with {end.returncode}: {said[-2000:]}")
        if end.returncode == 1 and not names_place(said, path):
            raise Failed(f"{command} does not say what is wrong where: {said[:500]}")
        return end.returncode


def names_place(said, path):
    """Whether a refusal begins with a line and a column, or a variable; or is one of those that are about the file as a whole."""
    place = rf"{re.escape(path)}:[1-9][0-9]*:[1-9][0-9]*: |environment variable RECADO_[A-Z0-9_]+: "
    return re.match(rf"Error: (?:{place})\S", said) or said in {f"Error: {path} {what}\n" for what in ABOUT_THE_FILE}
