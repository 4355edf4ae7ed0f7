# SPDX-License-Identifier: MIT
"""What the tests of the figure share: recordings, exports, and a reader of the figure's SVG."""
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
SCREENSHOTS = os.path.join(HERE, '..', '..', 'screenshots')
SVG = '{http://www.w3.org/2000/svg}'
THREADLINE, TOOL = sys.argv[1:3]
WORK = tempfile.TemporaryDirectory(prefix='figure-')


def run(*args):
    done = subprocess.run(args, capture_output=True)
    assert done.returncode == 0, (args, done.returncode, done.stderr.decode())
    return done.stdout


def script(name, text=None, title='a <b> & "c"'):
    """The recording of a script beside this file, or of a text."""
    path = os.path.join(WORK.name, name + '.tl')
    source = os.path.join(HERE, name + '.txt')
    if text is not None:
        source = os.path.join(WORK.name, name + '.txt')
        with open(source, 'w', encoding='utf-8') as out:
            out.write(text)
    if not os.path.exists(path):
        run(TOOL, source, path, title)
    return path


def recordings():
    return [os.path.join(SCREENSHOTS, name + '.tl') for name in ('deadlock', 'race')] + [
        script('hostile'), script('lost'), script('readers'), script('noticed'), crowded()]


def crowded():
    """Far more changes than a page has room for, of more threads than it has lanes."""
    lines = ['1ms t10 task 10 1 running "crowd"', '+0 cpu0 switch 10']
    lines += ['+1us t10 fork %d/10 "worker"' % tid for tid in range(11, 61)]
    for turn in range(3000):
        lines.append('+%dus cpu0 switch %d %s' % (7 + turn % 5, 10 + turn % 51,
                                                  'sleep' if turn % 3 else 'preempted'))
        lines.append('+1us t%d wake %d' % (10 + turn % 51, 10 + (turn + 7) % 51))
    return script('crowded', '\n'.join(lines) + '\n')


def export(recording, form, *args, out='-'):
    return run(THREADLINE, 'export', recording, '--to', form, '-o', out, *args)


def report(recording):
    return json.loads(run(THREADLINE, 'report', recording, '--json'))


def spans(recording):
    """ndjson's spans of threads: {tid: [(state, from, until)]}, ns after the start."""
    lanes, start = {}, None
    for line in export(recording, 'ndjson').splitlines():
        row = json.loads(line)
        if row['type'] == 'session':
            start = row['start_ns']
        if row['type'] == 'span' and row['lane'] == 'thread':
            lanes.setdefault(row['id'], []).append(
                (row['state'], row['from_ns'] - start, row['until_ns'] - start))
    return lanes


class Figure:
    def __init__(self, text):
        self.root = ET.fromstring(text)
        self.width = float(self.root.get('width'))
        self.height = float(self.root.get('height'))
        self.texts = list(self.root.iter(SVG + 'text'))

    def groups(self, name):
        return [g for g in self.root.iter(SVG + 'g') if g.get('class') == name]

    def group(self, name):
        return self.groups(name)[0]

    def rects(self, group, kind):
        return [Rect(r) for r in group.iter(SVG + 'rect')
                if (r.get('class') or '').split(' ')[0] == kind]


class Rect:
    def __init__(self, e):
        self.x, self.y, self.w, self.h = (float(e.get(k)) for k in ('x', 'y', 'width', 'height'))
        self.fill, self.kind = e.get('fill'), (e.get('class') or '').split(' ')[-1]
        self.since = int(e.get('data-from')) if e.get('data-from') else None
        self.until = int(e.get('data-until')) if e.get('data-until') else None
        title = e.find(SVG + 'title')
        self.title = title.text if title is not None else ''


def main(tests):
    for name, test in list(tests.items()):
        if name.startswith('test_'):
            test()
            print('ok', name)
