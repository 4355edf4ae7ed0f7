#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_recording.py TOOL: two readers that share no code must read the same."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python"))
import read_recording  # pylint: disable=wrong-import-position


def dump(tool, path):
    done = subprocess.run([tool, "dump", path], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    assert not done.stderr, done.stderr
    return done.stdout


def second(path):
    with open(path, "rb") as file:
        meta, events = read_recording.read(file.read())
    return meta + "".join(" ".join(map(str, event)) + "\n" for event in events)


def added(tool, path):
    """Bookmarks put into it afterwards, twice: both readers read what they read before."""
    before, texts = second(path), {}
    for text in ("1s first\n", "1s first\n2.5s 第二\n"):
        subprocess.run([tool, "mark", path, text], check=True)
        assert dump(tool, path) == before == second(path), "what is added changes what was there"
        with open(path, "rb") as file:
            read_recording.read(file.read(), texts)
        assert texts[read_recording.MARKS] == text, texts


def main():
    tool = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sample.tlr")
        for seed, count in enumerate([0, 1, 2, 300, 5000, 40000]):
            subprocess.run([tool, "make", path, str(seed), str(count)], check=True)
            ours, theirs = dump(tool, path), second(path)
            assert ours == theirs, f"seed {seed}: the readers differ"
            assert ours.count("\n") > count, f"seed {seed}: events are missing"
            added(tool, path)
            with open(path, "rb") as file:
                read_recording.read(file.read(), texts := {})
            assert (count % 3 > 0) == (texts.get(read_recording.LESSON, "")[:10] == "title Tea\n")
            print(f"{count} events, {os.path.getsize(path)} bytes: the same")
        with open(path, "rb") as file:
            data = bytearray(file.read())
        data[len(data) // 2] ^= 4
        try:
            read_recording.read(bytes(data))
        except read_recording.Damaged as reason:
            print(f"damaged: {reason}")
        else:
            sys.exit("damage was not noticed")


if __name__ == "__main__":
    main()
