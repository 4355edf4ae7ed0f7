# SPDX-License-Identifier: MIT
"""
Threads that compute until the standard input ends; each notes moments at which it has the interpreter's
lock, and tells them.
"""
import ctypes
import sys
import threading
import time

SYS_gettid = 186  # x86-64
number = getattr(threading, "get_native_id", lambda: ctypes.CDLL(None).syscall(SYS_gettid))  # since 3.8
ends = threading.Event()
moments = {}


def burn(sleeps):
    own = moments[number()] = []
    now = getattr(time, "monotonic_ns", lambda: int(time.monotonic() * 1e9))  # since 3.7
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
