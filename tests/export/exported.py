# SPDX-License-Identifier: MIT
"""What the export tests share: recordings, their exports and reports, complaints."""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
threadline, script_recording = sys.argv[1], sys.argv[2]
folder = pathlib.Path(tempfile.mkdtemp(prefix="threadline-export-"))
problems = []


def expect(good, text):
    if not good:
        problems.append(text)
        print("WRONG:", text)
    return good


def recordings():
    """(name, path) of the recordings named behind the programs; else of real ones and scripts."""
    if sys.argv[4:]:
        yield from ((pathlib.Path(path).stem, pathlib.Path(path)) for path in sys.argv[4:])
        return
    for path in sorted((TOP / "screenshots").glob("*.tl")):
        yield path.stem, path
    scripts = [*sorted((TOP / "tests/fixtures").glob("*.txt")), HERE / "names.txt",
               HERE / "noticed.txt"]
    for script in scripts:
        path = folder / (script.stem + ".tl")
        subprocess.run([script_recording, script, path], check=True)
        yield script.stem, path


def expect_some(count, text):
    """Not of recordings that were chosen by hand."""
    expect(count or sys.argv[4:], text)


def report(path):
    done = subprocess.run([threadline, "report", "--json", path], capture_output=True, check=True)
    return json.loads(done.stdout)


def export(path, form, *more):
    done = subprocess.run([threadline, "export", path, "--to", form, "-o", "-", *more],
                          capture_output=True, check=False)
    if done.returncode or done.stderr:
        problems.append(f"{form} of {path}: status {done.returncode}, {done.stderr.decode()}")
        print("WRONG:", problems[-1])
    return done.stdout


def finish():
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    if problems:
        print(len(problems), "wrong")
        sys.exit(1)
    print("all true")
