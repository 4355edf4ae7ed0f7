# SPDX-License-Identifier: MIT
"""One thread computes without ever letting the interpreter's lock go, others want it."""
import sys
import threading
import time

burning = threading.Event()
done = threading.Event()
other = threading.Lock()


def name(word):
    with open("/proc/thread-self/comm", "w") as out:
        out.write(word)


def burner():
    name("burner")
    burning.set()
    deadline = time.time() + 1.5
    while time.time() < deadline:
        7 ** 200000  # one operation: the lock is not let go in it
    done.set()


def wanter():
    name("wanter")
    burning.wait()
    while not done.is_set():
        time.sleep(0.001)


def locker():
    name("locker")
    for _ in range(5):
        with other:
            time.sleep(0.02)


time.sleep(float(sys.argv[1]))
threads = [threading.Thread(target=t) for t in (burner, wanter, wanter, locker, locker)]
for t in threads:
    t.start()
for t in threads:
    t.join()
