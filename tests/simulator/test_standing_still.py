"""A worker thread in a process that gets no time from its machine."""

import os
import signal
import subprocess
import sys
import time

STANDS_STILL = """
import os, signal
from hocket.simulator import pooled_threads
pooled_threads.WORKER_SECONDS_MAX = 0.5

def job():
    os.kill(os.getpid(), signal.SIGSTOP)
    return True

print(pooled_threads.PooledThread().begin(job))
"""


def test_a_process_that_stood_still_is_not_blamed_on_the_function() -> None:
    """A machine that stops everything for longer than a function has cuts nothing."""
    with subprocess.Popen(
        [sys.executable, "-c", STANDS_STILL], stdout=subprocess.PIPE, text=True
    ) as process:
        os.waitpid(process.pid, os.WUNTRACED)
        time.sleep(0.7)
        process.send_signal(signal.SIGCONT)
        told, _ = process.communicate()
    assert told == "True\n"
