"""Latency from dispatch to webhook: the open-loop program in front of nginx, and behind the worker."""
import json
import subprocess
import time

import load
from processes import Failed
from recado import webhook

RATE = 500


def dispatch_to_webhook(recado, url, count, keys=0, endpoints=1, silent=-1, hangs=False, timeout="30s"):
    """Runs a worker and `count` dispatches at 500 a second. Returns p50, p99 and max in milliseconds, and how many were lost.

    With several endpoints, event bench.eN goes to listener hookN. That of the silent one is not counted: it `hangs`, or nobody
    listens to it.
    """
    processes = recado.bench.processes
    recado.bench.database.empty(recado.name)
    with processes.scope():
        client = processes.start(
            "open_loop",
            [load.program("open_loop"), url.rsplit(":", 1)[1], str(RATE), str(count), str(keys), str(endpoints),
             str(silent)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = client.stdout.readline().strip()
        names = [n for n in range(endpoints) if hangs or n != silent]
        recado.configure({f"bench.e{n}": [f"hook{n}"] for n in names},
                         {f"hook{n}": webhook(f"http://127.0.0.1:{port}/{n}", timeout=timeout) for n in names})
        recado.work()
        # The worker's start is not what is asked.
        time.sleep(1)
        output, _ = client.communicate("go\n")
        if client.returncode:
            raise Failed("open_loop: " + processes.tail("open_loop"))
    return json.loads(output)
