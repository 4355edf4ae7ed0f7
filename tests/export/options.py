# SPDX-License-Identifier: MIT
"""Every option with every format: it changes what is written, or is refused. None does nothing."""
import re
import subprocess
from exported import TOP, expect, export, finish, folder, threadline

PATH = TOP / "screenshots/deadlock.tl"
# What it is given, and the formats it is for. --output, --to and what is said on stderr are not here.
FIGURE, SCREEN = {"svg", "html", "png", "pdf"}, {"screen-svg", "anim-svg", "cast"}
PROGRAM = {"perfetto", "chrome", "ndjson", "csv"}
ALL = FIGURE | SCREEN | PROGRAM
OPTIONS = {
    "from": ("30ms", ALL),
    "until": ("200ms", ALL),
    "at": ("90ms", FIGURE | SCREEN - {"cast"}),
    "caption": ("as <said>", FIGURE),
    "theme": ("dark", FIGURE | SCREEN),
    "width": ("900", FIGURE),
    "filter": ("thread:anna", ALL),
    "view": ("locks", SCREEN),
    "size": ("90x25", SCREEN),
    "lang": ("zh", FIGURE | SCREEN),
}
OTHERS = {"to", "output", "quiet", "verbose", "help"}


def help_text():
    return subprocess.run([threadline, "export", "--help"], capture_output=True, check=True,
                          text=True).stdout


def run(form, *more):
    out = folder / "out"
    done = subprocess.run([threadline, "export", PATH, "--to", form, "-o", out, *more],
                          capture_output=True, check=False, text=True)
    data = out.read_bytes() if out.exists() else None
    out.unlink(missing_ok=True)
    return done.returncode, data, done.stderr


def check_used(form, option, value, plain):
    status, data, said = run(form, f"--{option}", value)
    expect(status == 0 and not said, f"{form} --{option}: status {status}, {said}")
    expect(data != plain, f"{form} --{option} {value}: nothing came of it")


def check_refused(form, option, value, users):
    status, data, said = run(form, f"--{option}", value)
    expect(status == 2 and data is None, f"{form} --{option}: status {status}, {said}")
    line = said.split("\n")[0]
    expect(f"--{option} does nothing to {form}" in line, f"{form} --{option}: {line}")
    told = set(line.split(" it is for ")[-1].split(", "))
    expect(told == users, f"{form} --{option}: for {told}, not {users}")


def check_lang(form, plain):
    """What programs read is the same in every language: that is told, and is so."""
    status, data, said = run(form, "--lang", "zh")
    expect(status == 0 and data == plain and form in said, f"{form} --lang: {status}, {said}")
    status, data, said = run(form, "--lang", "en")
    expect(status == 0 and data == plain and not said, f"{form} --lang en: {status}, {said}")


def check_format(form, formats):
    plain = export(PATH, form)
    expect(plain == export(PATH, form), f"{form}: twice written, twice different")
    for option, (value, users) in OPTIONS.items():
        if form in users:
            check_used(form, option, value, plain)
        elif option == "lang":
            check_lang(form, plain)
        else:
            check_refused(form, option, value, users & formats)


def check_page_theme():
    """A page follows its reader's browser unless it was told."""
    expect(export(PATH, "html") != export(PATH, "html", "--theme", "light"), "html --theme light")


text = help_text()
formats = set(re.findall(r"^  ([a-z][a-z-]+) +\S", text, re.M))
options = set(re.findall(r"^ .{5}--([a-z-]+)", text, re.M)) - OTHERS
expect(formats | {"png", "pdf"} == ALL, f"formats {formats ^ ALL}: say here what they take")
expect(options == set(OPTIONS), f"options {options ^ set(OPTIONS)}: say here who takes them")
for name in sorted(formats):
    check_format(name, formats)
check_page_theme()
finish()
