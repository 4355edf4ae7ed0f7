# SPDX-License-Identifier: MIT
"""The lock of malloc's arena is told as that, and nobody who does not allocate is said to have it."""
from truth import *

need_bpf()
held = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
held.stdout.readline()
with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, "a.tl")
    subprocess.run([threadline, "record", "-q", "-o", path, "--duration", "1", "-p", str(held.pid)], check=True)
    doc = report(path)
held.communicate("\n")
expect(held.returncode == 0, f"the program gave {held.returncode}")
names = {t["tid"]: t["name"] for t in doc["threads"]}
wanted = [l for l in doc["locks"] if l["contended"]]
arenas = [l for l in wanted if l["kind"] == "arena"]
expect(len(arenas) == 1 and arenas[0]["contended"] > 50, f"one arena is fought for: {wanted}")
expect(len(wanted) == len(arenas), f"and nothing else: {[(l['kind'], l['contended']) for l in wanted]}")
waited = {names[r["tid"]] for l in arenas for r in l["by_thread"] if r["contended"]}
expect(waited == {"churner"}, f"by those who allocate: {waited}")
told = {names[b["holder"]] for b in doc["blame"] if b["holder"]}
expect(told <= {"churner"}, f"and held by them: {told}")
print(f"{arenas[0]['contended'] if arenas else 0} waits for the arena, holders told: {told}")
finish()
