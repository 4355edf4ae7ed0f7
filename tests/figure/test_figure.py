# SPDX-License-Identifier: MIT
"""The drawn figure: what it says is what the report and the list of spans say."""
import difflib
import os
import sys

import figures
from figures import Figure, export, recordings, report, script, spans

GOLDENS = ('deadlock', 'race')


def test_is_well_formed_at_any_width_in_both_themes():
    for recording in recordings():
        for width in (320, 1280, 3000):
            for theme in ('light', 'dark'):
                text = export(recording, 'svg', '--width', str(width), '--theme', theme)
                figure = Figure(text)
                assert figure.width == width
                assert b'<script' not in text and b'href' not in text and b'<image' not in text


def scale(figure, recording):
    """Where the axis begins and ends: the two ends of its line."""
    line = figure.group('axis').find(figures.SVG + 'path').get('d')
    (left, _), (right, _) = (p.split() for p in line[1:].split('L'))
    span = report(recording)['session']['duration_ns']
    return float(left), (float(right) - float(left)) / span


def test_bars_are_as_long_as_their_time():
    for recording in recordings():
        figure = Figure(export(recording, 'svg'))
        left, per_ns = scale(figure, recording)
        bars = [b for lane in figure.groups('lane') for b in figure.rects(lane, 'bar')]
        assert bars
        for b in bars:
            assert abs(b.x - (left + b.since * per_ns)) < .02, (recording, b.x, b.since)
            assert abs(b.w - (b.until - b.since) * per_ns) < .02, (recording, b.w)


def test_bars_are_the_spans_of_the_list():
    """A bar's time is all of its state; a span that is long enough has its bar."""
    for recording in recordings():
        figure, lanes = Figure(export(recording, 'svg')), spans(recording)
        whole = report(recording)['session']['duration_ns']
        for lane in figure.groups('lane'):
            told = lanes[int(lane.get('data-id'))]
            bars = figure.rects(lane, 'bar')
            for b in bars:
                same = sum(min(u, b.until) - max(f, b.since) for s, f, u in told
                           if s == b.kind and f < b.until and u > b.since)
                assert same == b.until - b.since, (recording, b.kind, b.since, b.until)
            for state, since, until in told:
                if until - since > whole / 200:
                    assert any(b.kind == state and b.since <= since and until <= b.until
                               for b in bars), (recording, state, since, until)


def test_every_moment_of_a_lane_is_drawn_once():
    for recording in recordings():
        figure, lanes = Figure(export(recording, 'svg')), spans(recording)
        for lane in figure.groups('lane'):
            told = [(f, u) for s, f, u in lanes[int(lane.get('data-id'))] if s != 'none']
            drawn = {(r.since, r.until) for kind in ('bar', 'share')
                     for r in figure.rects(lane, kind)}
            assert sum(u - f for f, u in drawn) == sum(u - f for f, u in told), recording
            ends = sorted(drawn)
            assert all(a[1] <= b[0] for a, b in zip(ends, ends[1:])), recording


def test_bars_and_shares_add_up_to_the_report():
    for recording in recordings():
        figure = Figure(export(recording, 'svg'))
        threads = {t['tid']: t for t in report(recording)['threads']}
        for lane in figure.groups('lane'):
            total = {}
            for b in figure.rects(lane, 'bar'):
                total[b.kind] = total.get(b.kind, 0) + b.until - b.since
            shares = figure.rects(lane, 'share')
            full = max((b.h for b in shares), default=1)
            cells = {}
            for s in shares:
                cells.setdefault(s.since, []).append(s)
            full = max((sum(s.h for s in cell) for cell in cells.values()), default=1)
            for s in shares:
                total[s.title] = total.get(s.title, 0) + (s.until - s.since) * s.h / full
            whole = report(recording)['session']['duration_ns']
            for state, ns in threads[int(lane.get('data-id'))]['ns'].items():
                assert abs(total.get(state, 0) - ns) < whole / 300, (recording, state, ns, total)


def test_what_was_lost_is_hatched_and_never_idle():
    recording = script('lost')
    figure = Figure(export(recording, 'svg'))
    gap = report(recording)['session']['gaps'][0]
    start = report(recording)['session']['start_ns']
    assert gap['lost'] == 1000
    middle = (gap['from_ns'] + gap['until_ns']) / 2 - start
    for lane in figure.groups('lane'):
        there = [b for kind in ('bar', 'share') for b in figure.rects(lane, kind)
                 if b.since <= middle < b.until]
        assert [b.kind for b in there] == ['unknown'], there
        assert there[0].fill.startswith('url(#')
    assert figure.rects(figure.group('flags'), 'gap')
    assert '1,000 events lost' in ''.join(t.text for t in figure.texts)
    assert 'unknown' in [t.text for t in figure.group('legend').iter(figures.SVG + 'text')]


def test_names_are_text():
    texts = [t.text for t in Figure(export(script('hostile'), 'svg')).texts]
    assert '</script><svg>' in texts and '<img src=x>' in texts and 'a&b]]>-->' in texts
    assert any("</script><script>document.title='owned'</script>" in t for t in texts)
    assert any('互斥锁 <!-- ]]> & "quotes" \'single\'' in t for t in texts)
    assert 'a <b> & "c"' in texts
    caption = 'x' * 9000 + '</text><script>' + '\x1b[31m\u202e'
    texts = [t.text for t in Figure(export(script('hostile'), 'svg', '--caption', caption)).texts]
    assert not any('\x1b' in t or '\u202e' in t for t in texts)


def test_the_legend_has_what_occurs_and_nothing_else():
    for recording in recordings():
        figure = Figure(export(recording, 'svg'))
        drawn = {r.fill for kind in ('lane', 'coroutine', 'rest') for g in figure.groups(kind)
                 for what in ('bar', 'share') for r in figure.rects(g, what)}
        told = {r.fill for r in figure.rects(figure.group('legend'), 'swatch')}
        told |= {r.fill for r in figure.rects(figure.group('legend'), 'bar')}
        assert drawn <= told, (recording, drawn - told)


def test_each_finding_is_named_at_its_line_or_in_the_legend():
    for recording in recordings():
        kinds = {f['kind'] for f in report(recording)['findings'] if f['at_ns'] is not None}
        for width in ('640', '1280'):
            figure = Figure(export(recording, 'svg', '--width', width))
            told = {t.text for t in figure.texts}
            assert kinds <= told, (recording, kinds - told)


def test_no_text_is_too_small_to_be_read():
    for recording in recordings():
        for width in (1280, 3000):
            figure = Figure(export(recording, 'svg', '--width', str(width)))
            assert min(float(t.get('font-size')) for t in figure.texts) >= width / 64
            assert figure.height <= width * .75, (recording, figure.height)


def test_a_crowd_is_folded_and_counted():
    figure = Figure(export(figures.crowded(), 'svg'))
    words = [t.text for t in figure.texts]
    rest = [g for g in figure.groups('rest')]
    assert len(rest) == 1 and 'more threads' in rest[0].get('aria-label')
    shown = len(figure.groups('lane'))
    assert rest[0].get('aria-label') == '%d more threads' % (51 - shown)
    assert any('too short to draw' in w for w in words)


def test_a_part_is_drawn_to_its_own_scale():
    recording = figures.recordings()[0]
    figure = Figure(export(recording, 'svg', '--from', '500ms', '--until', '1s'))
    for lane in figure.groups('lane'):
        for b in figure.rects(lane, 'bar'):
            assert 500_000_000 <= b.since < b.until <= 1_000_000_000


def shape(figure):
    """The figure without its numbers: what is in it, in order, and every word."""
    lines = []

    def walk(e, depth):
        name = e.tag.split('}')[-1]
        if e.get('class') in ('share', 'hold'):
            return
        words = [e.get('class') or '', e.get('aria-label') or '']
        if name in ('text', 'title', 'desc'):
            words.append(e.text or '')
        if name in ('g', 'text', 'desc') or e.get('data-until'):
            if e.get('data-until'):
                words.append('%s-%s' % (e.get('data-from'), e.get('data-until')))
            lines.append('  ' * depth + ' '.join([name] + [w for w in words if w]))
        for child in e:
            walk(child, depth + (name == 'g'))
    walk(figure.root, 0)
    return '\n'.join(lines) + '\n'


def test_the_committed_recordings_are_drawn_as_before():
    for name in GOLDENS:
        path = os.path.join(figures.HERE, name + '.golden')
        now = shape(Figure(export(os.path.join(figures.SCREENSHOTS, name + '.tl'), 'svg')))
        if '--update' in sys.argv:
            with open(path, 'w', encoding='utf-8') as out:
                out.write(now)
        with open(path, encoding='utf-8') as golden:
            before = golden.read()
        assert now == before, 'look at it, then --update:\n' + ''.join(
            list(difflib.unified_diff(before.splitlines(1), now.splitlines(1)))[:40])


figures.main(globals())
