# SPDX-License-Identifier: MIT
"""Threads that compute; each notes moments at which it has the interpreter's lock, and tells them."""
import sys
import threading
import time

until = time.monotonic() + float(sys.argv[1])
moments = {}


def burn(sleeps):
    own = moments[threading.get_native_id()] = []
    now = time.monotonic_ns
    while time.monotonic() < until:
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
for t in threads:
    t.join()
for tid, own in moments.items():
    print(tid, *own)
