# SPDX-License-Identifier: MIT
"""The page, without a browser: what it holds, and that it asks for nothing and runs nothing else."""
import base64
import hashlib
import html.parser
import json
import re

from figures import Figure, crowded, export, main, recordings, report, script, spans


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.scripts, self.styles, self.policy = text, [], [], [], ''
        self.open = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open = (tag, dict(attrs))
        if dict(attrs).get('http-equiv') == 'Content-Security-Policy':
            self.policy = dict(attrs)['content']

    def handle_endtag(self, tag):
        self.open = None

    def handle_data(self, data):
        if self.open and self.open[0] == 'script':
            self.scripts.append((self.open[1], data))
        if self.open and self.open[0] == 'style':
            self.styles.append(data)

    def data(self):
        return json.loads(next(d for a, d in self.scripts if a.get('id') == 'data'))


def page(recording, *args):
    return Page(export(recording, 'html', *args).decode())


def digest(text):
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_only_its_own_script_may_run():
    for recording in recordings():
        p = page(recording)
        code = [d for a, d in p.scripts if a.get('id') != 'data']
        assert len(p.scripts) == 2 and len(code) == 1 and len(p.styles) == 1
        assert re.fullmatch(r"default-src 'none'; base-uri 'none'; form-action 'none'; "
                            r"script-src '[^ ]+'; style-src '[^ ]+'", p.policy)
        assert digest(code[0]) in p.policy and digest(p.styles[0]) in p.policy
        assert 'unsafe' not in p.policy


def test_nothing_is_fetched():
    for recording in recordings():
        p = page(recording)
        for tag, attrs in p.tags:
            assert tag not in ('link', 'img', 'iframe', 'object', 'image', 'use', 'a'), tag
            assert not {'src', 'href', 'style', 'srcset', 'action'} & set(attrs), (tag, attrs)
            assert not any(name.startswith('on') for name in attrs), (tag, attrs)
        code = next(d for a, d in p.scripts if a.get('id') != 'data')
        assert 'http' not in code.replace('http://www.w3.org/2000/svg', '')
        assert not re.search(r'innerHTML|outerHTML|insertAdjacent|document\.write|eval\(', code)


def test_names_are_data():
    p = page(script('hostile'))
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', p.text, re.S)
    assert not set('<>&') & set(block[1])
    data = p.data()
    labels = [r['label'] for r in data['rows']]
    assert '</script><svg>' in labels and '<img src=x>' in labels
    assert any('<script>document.title' in s['text'] for s in data['steps'])
    assert data['title'] == 'a <b> & "c"'


def test_the_figure_is_there_without_scripts():
    for recording in recordings():
        p = page(recording)
        still = re.search(r'<svg.*?</svg>\n</div>', p.text, re.S)[0][:-7]
        assert Figure(still).groups('lane')
        assert still.strip() == export(recording, 'svg').decode().strip()


def unroll(row):
    at = row['begin']
    for i in range(0, len(row['bars']), 4):
        state, length, n, by = row['bars'][i:i + 4]
        yield state, at, at + length, n, by
        at += length


def test_its_bars_are_the_spans_of_the_list():
    for recording in recordings():
        data, lanes = page(recording).data(), spans(recording)
        words = [s['word'] for s in data['states']]
        assert data['folded'] == 0
        for row in (r for r in data['rows'] if r['kind'] == 'thread'):
            told = [s for s in lanes[row['id']] if s[0] != 'none']
            unseen = [('unknown', row['lived'], row['unseen'])] if row['unseen'] else []
            drawn = unseen + [(words[s], f, u) for s, f, u, _, _ in unroll(row) if s]
            assert drawn == told, row['label']


def test_a_long_recording_is_folded_and_its_sums_stay():
    lines = ['1ms t10 task 10 1 running "long"', '+0 cpu0 switch 10', '+1us t10 fork 11/10 "a"']
    for turn in range(90000):
        lines.append('+%dus cpu0 switch %d preempted' % (1 + turn % 3, 10 + turn % 2))
    recording = script('long', '\n'.join(lines) + '\n')
    data = page(recording).data()
    bars = sum(len(r.get('bars', ())) // 4 for r in data['rows'])
    assert data['folded'] > 0 and 1000 < bars <= 120000
    threads = {t['tid']: t['ns'] for t in report(recording)['threads']}
    for row in (r for r in data['rows'] if r['kind'] == 'thread'):
        total, changes = {}, 0
        for state, since, until, n, by in unroll(row):
            parts = zip(by[::2], by[1::2]) if state < 0 else [(state, until - since)]
            changes += n if state < 0 else 1
            for s, ns in parts:
                word = data['states'][s]['word']
                total[word] = total.get(word, 0) + ns
        assert changes > 80000
        assert total == {s: ns for s, ns in threads[row['id']].items() if ns}


def test_many_holds_are_folded_and_counted():
    locks = 'ABCDEFGH'
    lines = ['1ms t10 task 10 1 running "long"', '+0 cpu0 switch 10']
    lines += ['+0 t10 lock-init %s mutex "lock %s"' % (name, name) for name in locks]
    for _ in range(17000):
        for name in locks:
            lines += ['+1us t10 lock %s' % name, '+500ns t10 unlock %s' % name]
    recording = script('holds', '\n'.join(lines) + '\n')
    holds = [r['holds'] for r in page(recording).data()['rows'] if r['kind'] == 'thread'][0]
    assert len(locks) <= len(holds) <= 120000
    assert sum(h[3] for h in holds) == 17000 * len(locks)


def test_steps_are_marks_findings_and_waits():
    deadlock = recordings()[0]
    data = page(deadlock).data()
    kinds = [s['kind'] for s in data['steps']]
    assert kinds[0] == '' and 'deadlock' in kinds and 'wait' in kinds and 'mark' in kinds
    assert [s['at'] for s in data['steps']] == sorted(s['at'] for s in data['steps'])
    for s in data['steps']:
        assert 0 <= s['from'] < s['until'] <= data['span']
        assert s['kind'] == '' or s['from'] <= s['at'] <= s['until']
    assert len(page(crowded()).data()['steps']) >= 1


main(globals())
