# SPDX-License-Identifier: MIT
"""Threads, locks, queues and processes of Python, whose outcome is always the same."""
import multiprocessing
import queue
import sys
import threading


def work(jobs, results, lock, total):
    while (job := jobs.get()) is not None:
        with lock:
            total[0] += job
        results.put(job * job)


def square(x):
    return x * x


def main():
    jobs, results, lock, total = queue.Queue(5), queue.Queue(), threading.Lock(), [0]
    threads = [threading.Thread(target=work, args=(jobs, results, lock, total)) for _ in range(4)]
    for t in threads:
        t.start()
    for i in range(2000):
        jobs.put(i)
    for _ in threads:
        jobs.put(None)
    for t in threads:
        t.join()
    print(total[0], sum(results.get() for _ in range(2000)))
    event = threading.Event()
    print(event.wait(0.01), threading.Semaphore(2).acquire(timeout=0.1))
    with multiprocessing.Pool(3) as pool:
        print(sum(pool.map(square, range(500))))
    print("to stderr", file=sys.stderr)
    return 5


if __name__ == "__main__":
    sys.exit(main())
