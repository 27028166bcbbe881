"""A process that forks while another thread holds a lock: in the child nobody will ever let it go."""

from __future__ import annotations

import os
import threading
import warnings

from own_clocks import FOR_S, OwnClocks

warnings.simplefilter("ignore")
lock = threading.Lock()
held = threading.Event()


def hold() -> None:
    own = OwnClocks()
    with lock:
        held.set()
        own.sleep(FOR_S)
    own.tell()


def wait_for_it() -> None:
    own = OwnClocks()
    with own.waiting("lock"):
        lock.acquire(timeout=FOR_S - 0.5)
    own.tell()


holder = threading.Thread(target=hold)
holder.start()
held.wait()
child = os.fork()
own = OwnClocks()
if not child:
    waiter = threading.Thread(target=wait_for_it)
    waiter.start()
    own.sleep(FOR_S - 0.4)
    waiter.join()
    own.tell()
    os._exit(0)
with own.waiting("child"):
    os.waitpid(child, 0)
own.tell()
holder.join()
