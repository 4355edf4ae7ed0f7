# SPDX-License-Identifier: MIT
"""The template holds every text of the sources, and each language's file translates all of it.
Usage: texts.py SOURCE_DIR"""
import ast
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

top = sys.argv[1]
wrong = 0
for tool in ("xgettext", "msgfmt", "msgattrib"):
    if not shutil.which(tool):
        print(f"no {tool}: install the package gettext")
        sys.exit(77)


def complain(words):
    global wrong
    wrong += 1
    print("WRONG:", words)


def texts(path):
    """(context, text, plural) -> translation; without the header."""
    entries, found, field = {}, {}, None
    for line in open(path, encoding="utf-8").read().split("\n") + [""]:
        if line.startswith("#"):
            continue
        m = re.match(r'(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d+\])? (".*")$', line)
        if m:
            field = m.group(1)
            found[field] = found.get(field, "") + ast.literal_eval(m.group(2))
        elif line.startswith('"') and field:
            found[field] += ast.literal_eval(line)
        elif not line:
            if found.get("msgid"):
                key = found.get("msgctxt"), found["msgid"], found.get("msgid_plural")
                entries[key] = found.get("msgstr", "")
            found, field = {}, None
    return entries


with tempfile.TemporaryDirectory() as tmp:
    fresh = os.path.join(tmp, "fresh.pot")
    subprocess.run([os.path.join(top, "po", "extract"), fresh], check=True)
    now = texts(fresh)
kept = texts(os.path.join(top, "po", "threadline.pot"))
if len(now) < 1000:
    complain(f"only {len(now)} texts were found in the sources")
for key in sorted(now.keys() - kept.keys(), key=str):
    complain(f"not in po/threadline.pot: {key}; run po/update and translate")
for key in sorted(kept.keys() - now.keys(), key=str):
    complain(f"in po/threadline.pot, but not in the sources: {key}; run po/update")

for po in glob.glob(os.path.join(top, "po", "*.po")):
    name = os.path.basename(po)
    done = subprocess.run(["msgfmt", "--check", "-o", "/dev/null", po], capture_output=True, text=True)
    if done.returncode:
        complain(f"{name}: {done.stderr}")
    fuzzy = subprocess.run(["msgattrib", "--only-fuzzy", po], capture_output=True, text=True)
    if fuzzy.stdout.strip():
        complain(f"{name}: fuzzy: {fuzzy.stdout}")
    translated = texts(po)
    for key in sorted(kept.keys() - {k for k, text in translated.items() if text}, key=str):
        complain(f"{name}: not translated: {key}")
    for (_, text, _), to in translated.items():
        # a column's signs, and blanks that keep two words apart
        if re.match(r"-?>|-", text) and re.match(r"-?>|-", text)[0] != (re.match(r"-?>|-", to) or [""])[0]:
            complain(f"{name}: '{text}' and '{to}' do not begin with the same signs")

print(f"{len(now)} texts, {wrong} wrong")
sys.exit(1 if wrong else 0)
