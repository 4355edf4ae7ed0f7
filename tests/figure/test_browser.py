# SPDX-License-Identifier: MIT
"""The page in Chromium, from file://, by keys and pointer."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import figures
from figures import crowded, export, main, recordings, script

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
if not CHROMIUM or not shutil.which('chromedriver'):
    print('no chromium with chromedriver (apt-get install chromium-driver)')
    sys.exit(77)

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
KEYS = {'Right': '\ue014', 'Left': '\ue012', 'Up': '\ue013', 'Down': '\ue015', 'Home': '\ue011',
        'End': '\ue010', 'PageDown': '\ue00f', 'Shift': '\ue008'}


class Browser:
    def __init__(self):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        self.driver = subprocess.Popen(['chromedriver', '--port=%d' % port],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = 'http://127.0.0.1:%d' % port
        for _ in range(200):
            try:
                if self.call('GET', '/status')['ready']:
                    break
            except OSError:
                time.sleep(.05)
        args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--window-size=1600,900',
                '--force-prefers-reduced-motion', '--user-data-dir=' + figures.WORK.name + '/user']
        self.base += '/session/' + self.call('POST', '/session', {'capabilities': {'alwaysMatch': {
            'goog:chromeOptions': {'args': args, 'binary': CHROMIUM},
            'goog:loggingPrefs': {'browser': 'ALL'}}}})['sessionId']

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={'Content-Type': 'application/json'})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)['value']

    def open(self, recording, *args):
        path = os.path.join(figures.WORK.name, 'page.html')
        export(recording, 'html', *args, out=path)
        self.call('POST', '/url', {'url': 'file://' + path})
        self.settle()

    def js(self, code, *args):
        return self.call('POST', '/execute/sync', {'script': code, 'args': list(args)})

    def settle(self):
        self.call('POST', '/execute/async', {'args': [], 'script':
                  'const done = arguments[0]; requestAnimationFrame(() => '
                  'requestAnimationFrame(() => requestAnimationFrame(done)));'})

    def press(self, *keys):
        for key in keys:
            parts = [KEYS.get(k, k) for k in key.split('+')] if len(key) > 1 else [key]
            acts = [{'type': 'keyDown', 'value': k} for k in parts]
            acts += [{'type': 'keyUp', 'value': k} for k in reversed(parts)]
            self.call('POST', '/actions', {'actions': [{'type': 'key', 'id': 'k',
                                                        'actions': acts}]})
        self.settle()

    def step(self):
        return int(self.js('return document.documentElement.dataset.step'))

    def window(self):
        return [float(x) for x in self.js(
            'const d = document.documentElement.dataset; return [d.from, d.until]')]

    def logged(self):
        return [e['message'] for e in self.call('POST', '/se/log', {'type': 'browser'})]

    def close(self):
        try:
            self.call('DELETE', '')
        finally:
            self.driver.terminate()
            self.driver.wait()


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
