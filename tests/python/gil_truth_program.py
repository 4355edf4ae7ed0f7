# SPDX-License-Identifier: MIT
"""
Threads that compute until the standard input ends; each notes moments at which it has the interpreter's
lock, and tells them.
"""
import sys
import threading
import time

ends = threading.Event()
moments = {}


def burn(sleeps):
    own = moments[threading.get_native_id()] = []
    now = time.monotonic_ns
    while not ends.is_set():
        x = 0
        for i in range(300):
            x += i * i
        own.append(now())
        if sleeps and len(own) % 100 == 0:
            time.sleep(0.0005)


threads = [threading.Thread(target=burn, args=(i % 4 == 3,)) for i in range(4)]
for t in threads:
    t.start()
print("go", flush=True)
sys.stdin.read()
ends.set()
for t in threads:
    t.join()
for tid, own in moments.items():
    print(tid, *own)
