# SPDX-License-Identifier: MIT
"""What people read is Chinese where they want it; what programs read is the same in both languages.
Usage: program.py THREADLINE SOURCE_DIR"""
import json
import os
import re
import subprocess
import sys
import tempfile

threadline, top = sys.argv[1:]
wrong = 0
HAN = re.compile("[\u4e00-\u9fff]")
catalog = os.path.join(os.path.dirname(threadline), "share/locale/zh_CN/LC_MESSAGES/threadline.mo")
if not os.path.exists(catalog):
    print("the translations were not built: no msgfmt (package gettext)")
    sys.exit(77)
recordings = [os.path.join(top, "screenshots", n) for n in ("deadlock.tl", "race.tl", "queue.tl")]


def expect(good, what):
    global wrong
    if not good:
        wrong += 1
        print("WRONG:", what)


def run(*args, **env):
    around = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
    done = subprocess.run([threadline, *args], capture_output=True, timeout=60, env={**around, **env},
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def chinese(text):
    return bool(HAN.search(text))


# which language: the option before the environment, as gettext(3) orders that
for env, wanted in (({"LANG": "zh_CN.UTF-8"}, True), ({"LANG": "C.UTF-8"}, False), ({}, False),
                    ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False),
                    ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, True),
                    ({"LANG": "zh_CN.GB18030"}, False),
                    ({"LANG": "C.UTF-8", "LANGUAGE": "zh_CN:en"}, True),
                    # a bare machine, where no locale is installed
                    ({"LANG": "zh_CN.UTF-8", "LOCPATH": "/nonexistent"}, True)):
    _, out, _ = run("--help", **env)
    expect(chinese(out) == wanted, f"--help with {env}: Chinese {not wanted}")
for args in (["--lang=zh", "list"], ["list", "--lang", "zh"], ["doctor", "--lang=zh"],
             ["--lang", "zh", "--help"], ["run", "--help", "--lang=zh"],
             ["report", "--lang=zh", recordings[0]], ["export", "--help", "--lang=zh"]):
    status, out, err = run(*args, LC_ALL="C")
    expect(status == 0 and chinese(out) and not err, f"{args}: {status} {out[:200]} {err}")
status, out, _ = run("report", "--lang=en", recordings[0], LANG="zh_CN.UTF-8")
expect(not chinese(out), "--lang=en is English whatever the locale is")
status, _, err = run("list", "--lang=xx")
expect(status == 2 and "--lang" in err, f"--lang=xx: {status} {err}")
status, _, err = run("list", "--nothing", "--lang=zh")
expect(status == 2 and chinese(err), f"an error in front of --lang: {status} {err}")
status, _, err = run("record", "--lang=zh", "-o", "/nonexistent/x.tl", "race/mutex")
expect(status == 1 and chinese(err), f"cannot write: {status} {err}")


def without_text(document):
    """All of it but the findings' sentences."""
    if isinstance(document, dict):
        return {k: without_text(v) for k, v in document.items()
                if not (k == "text" and {"kind", "severity"} <= document.keys())}
    if isinstance(document, list):
        return [without_text(v) for v in document]
    return document


def both(*args):
    outs = []
    for lang in "en", "zh":
        status, out, err = run(*args, f"--lang={lang}")
        expect(status == 0 and not err, f"{args} --lang={lang}: {status} {err}")
        outs.append(out)
    return outs


for path in recordings:
    en, zh = both("report", "--json", path)
    a, b = json.loads(en), json.loads(zh)
    expect(json.dumps(without_text(a)) == json.dumps(without_text(b)), f"report --json {path}")
    lines = [(x, y) for x, y in zip(en.split("\n"), zh.split("\n")) if x != y]
    expect(all(x.lstrip().startswith('"text"') or '"kind"' in x for x, y in lines), f"{path}: {lines[:3]}")
    expect(len(a["findings"]) == 0 or chinese(zh), f"the findings' sentences of {path} are Chinese")
    for format in "csv", "ndjson", "chrome", "perfetto":
        with tempfile.TemporaryDirectory() as tmp:
            files = [os.path.join(tmp, lang) for lang in ("en", "zh")]
            for file in files:
                lang = os.path.basename(file)
                status, _, err = run("export", path, "--to", format, "-o", file, f"--lang={lang}")
                expect(status == 0, f"{format} {lang}: {err}")
            expect(open(files[0], "rb").read() == open(files[1], "rb").read(), f"{format} of {path}")
    for format in "svg", "html":
        _, out, _ = run("export", path, "--to", format, "-o", "-", "--lang=zh")
        expect(chinese(out), f"{format} of {path} is not Chinese")
for args in (["list", "--json"], ["compare", "--json", recordings[0], recordings[1]]):
    en, zh = both(*args)
    expect(without_text(json.loads(en)) == without_text(json.loads(zh)), args)
expect(both("list", "--json")[0] == both("list", "--json")[1], "list --json to the byte")
# what a probe costs is measured each time
doctor = [json.loads(re.sub(r"\d+ ns", "N ns", out)) for out in both("doctor", "--json")]
expect(doctor[0] == doctor[1], "doctor --json")

# a scenario's words are Chinese, its truth is not
status, out, err = run("run", "--plain", "--lang=zh", "deadlock/ordered", "--speed", "100")
expect(status == 0 and "lock.A.acquisitions=" in out and chinese(out.split("[")[0]), f"scenario: {out[:300]}")
print(f"{wrong} wrong")
sys.exit(1 if wrong else 0)
