# SPDX-License-Identifier: MIT
# Threads that count, all busy: one interpreter lock lets one of them run.
import threading


def count():
    n = 0
    while True:
        n += 1


for i in range(3):
    threading.Thread(target=count, name=f"count-{i}", daemon=True).start()
count()
