# SPDX-License-Identifier: MIT
# Keeps a memcached busy: writes over several connections, many to a packet, and all into one class
# of sizes, so that its threads meet at the same locks. Its argument: the socket.
import socket
import sys
import threading
import time


def connect():
    while True:
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(sys.argv[1])
            return s
        except OSError:
            s.close()
            time.sleep(0.01)


def write(number):
    lines = (b"set %d-%d 0 0 8 noreply\r\n8 bytes.\r\n" % (number, i) for i in range(1000))
    packet = b"".join(lines)
    s = connect()
    while True:
        s.sendall(packet)


for number in range(6):
    threading.Thread(target=write, args=(number,), daemon=True).start()
while True:
    time.sleep(60)
