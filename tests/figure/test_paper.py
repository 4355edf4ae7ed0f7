# SPDX-License-Identifier: MIT
"""png and pdf: the figure again, its text selectable, and no word upon another."""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
import xml.etree.ElementTree as ET

import figures
from figures import export, main, recordings, run, script

if b' pdf ' not in run(figures.THREADLINE, 'export', '--help'):
    print('this build has no cairo: no png and no pdf')
    sys.exit(77)


def pdf(recording, *args):
    out = os.path.join(figures.WORK.name, 'out.pdf')
    export(recording, 'pdf', *args, out=out)
    return out


def steps(recording):
    page = export(recording, 'html').decode()
    return json.loads(re.search(r'id="data">(.*?)</script>', page)[1])['steps']


def test_png_is_twice_as_wide():
    for theme in ('light', 'dark'):
        png = export(recordings()[0], 'png', '--width', '640', '--theme', theme)
        assert png[:8] == b'\x89PNG\r\n\x1a\n'
        assert struct.unpack('>I', png[16:20])[0] == 1280


def test_a_large_picture_is_whole_and_takes_no_more_memory():
    out, peaks = os.path.join(figures.WORK.name, 'out.png'), []
    for width in (640, 5000):
        child = subprocess.Popen([figures.THREADLINE, 'export', recordings()[0], '--to', 'png',
                                  '--width', str(width), '-o', out])
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = status
        assert status == 0
        peaks.append(used.ru_maxrss / 1024)
        with open(out, 'rb') as file:
            png, at, rows = file.read(), 8, zlib.decompressobj()
        wide, high = struct.unpack('>II', png[16:24])
        svg = ET.fromstring(export(recordings()[0], 'svg', '--width', str(width)))
        assert wide == 2 * width and 0 <= high - 2 * float(svg.get('height')) <= 1.01
        size = 0
        while at < len(png):
            length, kind = struct.unpack('>I4s', png[at:at + 8])
            data = png[at + 8:at + 8 + length]
            assert struct.unpack('>I', png[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + data)
            size += len(rows.decompress(data)) if kind == b'IDAT' else 0
            at += 12 + length
        assert size == (3 * wide + 1) * high and rows.eof
    assert peaks[1] < peaks[0] + 50, peaks  # MiB; all of its pixels are over 200


def test_the_widest_picture_is_drawn():
    out = os.path.join(figures.WORK.name, 'out.png')
    for width, status in (('16383', 0), ('16384', 2)):
        done = subprocess.run([figures.THREADLINE, 'export', script('lost'), '--to', 'png', '--width',
                               width, '-o', out], capture_output=True)
        assert done.returncode == status, done


def test_a_page_for_each_step():
    for recording in recordings():
        info = run('pdfinfo', pdf(recording)).decode()
        assert int(re.search(r'Pages: +(\d+)', info)[1]) == len(steps(recording))
        assert re.search(r'Page size: +960 x 540 pts', info), info


def test_text_is_selectable():
    text = run('pdftotext', '-layout', '-l', '1', pdf(recordings()[0]), '-').decode()
    for word in ('anna', 'bert', 'deadlock', 'waits for a lock', 'holds a lock'):
        assert word in text, word
    text = run('pdftotext', pdf(script('hostile')), '-').decode()
    assert '</script><svg>' in text and '<img src=x>' in text


def test_letters_of_more_bytes_than_one_are_cut_whole():
    """The outline's names are cut; cairo writes nothing at all where one ends within a letter."""
    lines = ['1ms t10 task 10 1 running "long"', '+0 cpu0 switch 10']
    lines += ['+1ms t10 mark "%s"' % ('a' * n + '漢' * 60) for n in range(3)]
    pages = run('pdfinfo', pdf(script('letters', '\n'.join(lines) + '\n'))).decode()
    assert re.search(r'Pages: +4', pages), pages
    for recording in recordings():
        text = run('pdftotext', pdf(recording, '--lang=zh'), '-').decode()
        assert re.search('[\u4e00-\u9fff]{2}', text), recording


def boxes(path):
    """(page, word, x0, y0, x1, y1): of the letters themselves, about, and not of their line."""
    html = run('pdftotext', '-bbox', path, '-').decode()
    page = 0
    for line in html.splitlines():
        page += '<page ' in line
        m = re.match(r' *<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*)</word>',
                     line)
        if m:
            x0, y0, x1, y1 = map(float, m.groups()[:4])
            h = y1 - y0
            yield page, m[5], x0, y0 + h * .22, x1, y1 - h * .26


def test_no_word_stands_on_another():
    for recording in recordings():
        for args in ((), ('--width', '640'), ('--width', '2560')):
            words = list(boxes(pdf(recording, *args)))
            assert len(words) > 20
            for i, a in enumerate(words):
                for b in words[i + 1:]:
                    if a[0] != b[0]:
                        break
                    wide = min(a[4], b[4]) - max(a[2], b[2])
                    high = min(a[5], b[5]) - max(a[3], b[3])
                    assert wide <= .4 or high <= .4, (recording, args, a, b)


def test_no_word_leaves_the_page():
    for recording in recordings():
        for page, word, x0, y0, x1, y1 in boxes(pdf(recording)):
            assert x0 >= 0 and y0 >= 0 and x1 <= 960 and y1 <= 540, (recording, word)


def test_a_full_disk_is_told():
    for form in ('png', 'pdf', 'svg', 'html'):
        done = subprocess.run([figures.THREADLINE, 'export', recordings()[0], '--to', form,
                               '-o', '/dev/full'], capture_output=True)
        assert done.returncode == 1 and b'cannot write' in done.stderr, (form, done)


missing = [tool for tool in ('pdftotext', 'pdfinfo') if not shutil.which(tool)]
if missing:
    print('not here:', ', '.join(missing), '(apt-get install poppler-utils)')
    sys.exit(77)
main(globals())
