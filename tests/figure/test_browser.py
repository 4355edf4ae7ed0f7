# SPDX-License-Identifier: MIT
"""The page in Chromium, from file://, by keys and pointer."""
import re

import figures
from browser import ELEMENT, KEYS, Browser
from figures import crowded, main, recordings, script

browser = Browser()


def test_keys_step_zoom_and_pan():
    browser.open(recordings()[0])
    steps = browser.js('return document.getElementById("steps").children.length')
    span = browser.window()[1]
    assert browser.step() == 0 and steps > 3
    browser.press('Right')
    assert browser.step() == 1
    browser.press(' ')
    assert browser.step() == 2
    browser.press('Left')
    assert browser.step() == 1
    browser.press('End')
    assert browser.step() == steps - 1
    browser.press('PageDown')
    assert browser.step() == steps - 1
    browser.press('Home')
    assert browser.step() == 0 and browser.window() == [0, span]
    browser.press('+', '+')
    near = browser.window()
    assert near[1] - near[0] < span / 1.9
    browser.press('Shift+Right')
    assert browser.window()[0] > near[0]
    browser.press('-', '-', '-')
    assert browser.window() == [0, span]
    assert browser.logged() == []


def test_the_step_shows_its_moment_and_words():
    browser.open(recordings()[0])
    for _ in range(browser.js('return document.getElementById("steps").children.length') - 1):
        browser.press('Right')
        data = browser.js('return JSON.parse(document.getElementById("data").textContent)')
        s = data['steps'][browser.step()]
        window = browser.window()
        assert window[0] <= s['at'] <= window[1]
        assert s['text'] in browser.js('return document.querySelector("li.here").textContent')


def test_each_finding_is_named_at_its_line_or_in_the_legend():
    for recording in recordings():
        browser.open(recording)
        kinds = {f['kind'] for f in figures.report(recording)['findings'] if f['at_ns'] is not None}
        told = browser.js('return Array.from(document.querySelectorAll("#figure text"), '
                          'e => e.textContent)')
        assert kinds <= set(told), (recording, kinds - set(told))


def test_the_page_is_as_high_as_its_window():
    """What scrolls is the list of steps, within a slide too."""
    for recording in recordings():
        browser.open(recording)
        assert browser.js('return document.documentElement.scrollHeight <= innerHeight'), recording


def test_wheel_and_drag():
    browser.open(recordings()[0])
    span = browser.window()[1]
    browser.call('POST', '/actions', {'actions': [{'type': 'wheel', 'id': 'w', 'actions': [
        {'type': 'scroll', 'x': 600, 'y': 300, 'deltaX': 0, 'deltaY': -200, 'duration': 0}]}]})
    browser.settle()
    near = browser.window()
    assert near[1] - near[0] < span * .8
    browser.call('POST', '/actions', {'actions': [{'type': 'pointer', 'id': 'p', 'actions': [
        {'type': 'pointerMove', 'x': 600, 'y': 300, 'duration': 0}, {'type': 'pointerDown', 'button': 0},
        {'type': 'pointerMove', 'x': 500, 'y': 300, 'duration': 0}, {'type': 'pointerUp', 'button': 0}]}]})
    browser.settle()
    far = browser.window()
    assert far[0] > near[0] and abs((far[1] - far[0]) - (near[1] - near[0])) < 2


def test_themes():
    browser.open(recordings()[0])
    paper = 'return getComputedStyle(document.body).backgroundColor'
    light = browser.js(paper)
    browser.press('t')
    assert browser.js(paper) != light
    browser.open(recordings()[0], '--theme', 'dark')
    assert browser.js(paper) != light


def test_bars_are_to_scale_at_any_zoom():
    for recording in recordings():
        browser.open(recording)
        for _ in range(3):
            since, until = browser.window()
            bars = browser.js(
                'return Array.from(document.querySelectorAll("#figure rect.bar[data-from]"), e => '
                '[+e.getAttribute("x"), +e.getAttribute("width"), +e.dataset.from, '
                '+e.dataset.until])')
            assert bars
            axis = browser.js('const p = document.querySelector("#figure svg > path")'
                              '.getAttribute("d").match(/[0-9.]+/g); return [+p[0], +p[2]]')
            scale = (axis[1] - axis[0]) / (until - since)
            for x, w, a, b in bars:
                a, b = max(a, since), min(b, until)
                assert abs(x - axis[0] - (a - since) * scale) < .05
                assert abs(w - (b - a) * scale) < .05
            browser.press('+', '+', '+', '+')


def test_what_is_folded_comes_out():
    browser.open(crowded())
    count = 'return document.querySelectorAll("#figure rect.bar.running[data-from]").length'
    assert browser.js(count) == 0  # too short at this zoom
    browser.press(*'+' * 12)
    since, until = browser.window()
    lanes = figures.spans(crowded())
    assert browser.js(count) > 0
    seen = browser.js(
        'return Array.from(document.querySelectorAll("#figure g.thread rect.bar.running"), '
        'e => +e.dataset.from)')
    real = {f for lane in lanes.values() for s, f, u in lane if s == 'running'}
    assert seen and set(seen) <= real


def test_names_do_nothing():
    browser.open(script('hostile'))
    browser.press('Right', 'Right', 'Right', 'End')
    assert browser.js('return document.title') == 'a <b> & "c"'
    assert browser.js('return document.querySelectorAll("script").length') == 2
    assert browser.js('return document.querySelectorAll("img, b.x, a").length') == 0
    assert browser.logged() == []


def test_nothing_is_fetched():
    browser.open(recordings()[0])
    assert browser.js('return performance.getEntriesByType("resource").length') == 0
    assert browser.logged() == []


ABOUT = '''
const say = e => e.dataset.about || e.title || e.getAttribute("aria-label") || "";
const all = new Set(Array.from(document.querySelectorAll(
	"#figure [data-about], #figure svg, #page [title]"), say));
document.querySelectorAll("#figure text, #page h1, #page span, #page li b, #page li p, #help td")
	.forEach(e => all.add(e.textContent));
return Array.from(all);
'''
KEPT = {'ns', 'ms', 's', 'CPU', 'Shift', 'Page', 'Down', 'Up', 'Home', 'End', 't', 'f', 'join', 'futex'}


def told():
    """Every sentence that the page shows or would show where one points, at a few zooms."""
    found = set(browser.js(ABOUT))
    for keys in ('End', 'Home'), '+' * 6, '+' * 6, '-' * 20:
        browser.press(*keys)
        found |= set(browser.js(ABOUT))
    return found


def names_of(data):
    """What the recording calls its things: of any language. The longest first."""
    names = [data['title']] + [r['label'] for r in data['rows']]
    names += [l['name'] for l in data['locks'].values()] + [l['letter'] for l in data['locks'].values()]
    names += [s['text'] for s in data['steps'] if s['kind'] == 'mark']
    names += [f['about'] for f in data['flags'] if not f['bad']]
    return sorted({n for n in names if n}, key=len, reverse=True)


def test_a_page_has_one_language():
    used, templates = set(), {}
    many = '\n'.join(['1ms t10 task 10 1 running "often"', '+0 cpu0 switch 10',
                      '+0 t10 lock-init A mutex "cup"'] + 2000 * ['+1us t10 lock A', '+1us t10 unlock A'])
    for recording in recordings() + [script('glimpsed'), script('often', many)]:
        browser.open(recording)
        data = browser.js('return JSON.parse(document.getElementById("data").textContent)')
        templates = {k: re.compile(re.sub(r'%(\d\\\$)?s', '.*', re.escape(w)), re.S)
                     for k, w in data['words'].items()}
        used |= {k for text in told() for k, w in templates.items() if w.fullmatch(text)}
        browser.open(recording, '--lang=zh')
        data = browser.js('return JSON.parse(document.getElementById("data").textContent)')
        for text in told():
            rest = text
            for name in names_of(data):
                rest = re.sub(r'(?<![A-Za-z])%s(?![A-Za-z])' % re.escape(name), ' ', rest)
            english = set(re.findall('[A-Za-z]+', rest)) - KEPT
            assert not english, (recording, text, english)
    assert used == set(templates), ('said nowhere', set(templates) - used)


OVERLAPS = '''
const found = [], texts = Array.from(document.querySelectorAll(arguments[0] + " text")).map(e => {
	const b = e.getBBox();
	return { t: e.textContent, x: b.x, y: b.y + b.height * .24, w: b.width, h: b.height * .52 };
}).filter(b => b.w > 0);
texts.forEach((a, i) => texts.slice(i + 1).forEach(b => {
	const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
	const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
	if (w > .5 && h > .5) found.push([a.t, b.t]);
}));
return [texts.length, found];
'''


def test_no_text_stands_on_another():
    for recording in recordings():
        browser.open(recording)
        for at in range(4):
            n, found = browser.js(OVERLAPS, '#figure')
            assert n > 5 and not found, (recording, at, found)
            browser.press('Right')
        browser.js('document.documentElement.classList.remove("live")')
        n, found = browser.js(OVERLAPS, '#still')
        assert n > 5 and not found, (recording, found)


try:
    main(globals())
finally:
    browser.close()
