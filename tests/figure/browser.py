# SPDX-License-Identifier: MIT
"""Chromium, driven through its own driver: keys, pointer, scripts, what it complained of."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import figures
from figures import export

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
