"""What kinds of input have in common that go over a wire: a batch at a time, several at once, good requests beside them."""
import concurrent.futures

import corpus
from target import Neighbour

AT_ONCE = 8


class Wire:
    """A kind of input. `name` is its folder of the corpus and its word on the command line."""
    inputs_per_batch = 200

    def __init__(self):
        self.seeds = list(corpus.seeds(self.name).values())
        self.others = self.seeds

    def batch(self, random):
        return [self.change(random, random.choice(self.seeds)) for _ in range(self.inputs_per_batch)]

    def run(self, target, inputs):
        """Throws a batch. What it raises has the guilty input in `input` where it is known."""
        with Neighbour(target), concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(lambda data: self.throw_one(target, data), inputs):
                pass
        target.check()

    def throw_one(self, target, data):
        try:
            self.throw(target, data)
        except Exception as problem:
            problem.input = data
            raise
