"use strict";
// The figure to pan, zoom and step through. What it draws is what figure_*.c draws, from the same
// rows; what is too short at this zoom is folded, and comes out as one zooms in. Every word from
// the recording goes in as text, never as markup.
(function () {
const D = JSON.parse(document.getElementById("data").textContent);
const NARROW = .14, CELL = .5, SLIVER = .07, LEVEL = 1.02;
const INK = D.ink, MOST_ARROWS = 14;
const $ = id => document.getElementById(id);
const figure = $("figure"), root = document.documentElement;
let dark = D.dark || (!D.themed && window.matchMedia && matchMedia("(prefers-color-scheme: dark)").matches);
let view = { from: 0, until: D.span }, step = 0, moving = 0, svg, W = 1280, U = 20, geo = {};
let unnamed = new Set(); // kinds of findings whose line had no room for them

const rgb = i => D.inks[i][dark ? 1 : 0];
// A sentence of the page's language, what it is about put in; other languages order it by %2$s.
const tell = (words, ...parts) => {
	let next = 0;
	return D.words[words].replace(/%(?:(\d+)\$)?s/g, (all, n) => parts[n ? n - 1 : next++]);
};
const clamp = (x, a, b) => Math.max(a, Math.min(b, x));
const X = t => geo.left + (geo.right - geo.left) * (clamp(t, view.from, view.until) - view.from) / (view.until - view.from);

const ruler = document.createElement("canvas").getContext("2d");
function wide(words, bold) {
	ruler.font = (bold ? "bold " : "") + "100px " + getComputedStyle(document.body).fontFamily;
	return ruler.measureText(words).width * U / 100;
}
function fit(words, room, bold) {
	if (wide(words, bold) <= room) return words;
	let chars = Array.from(words);
	while (chars.length && wide(chars.join("") + "…", bold) > room) chars.pop();
	return chars.length ? chars.join("") + "…" : "";
}

function add(to, name, at, about) {
	const e = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const k in at) e.setAttribute(k, at[k]);
	if (about) e.dataset.about = about;
	return to.appendChild(e);
}
function say(to, x, y, words, ink, at, bold) {
	const e = add(to, "text", Object.assign({ x: x.toFixed(2), y: y.toFixed(2), fill: rgb(ink),
		"font-size": U.toFixed(2), "font-weight": bold ? "bold" : "normal" }, at));
	e.textContent = words;
	return e;
}
function line(to, points, ink, thick, dashed) {
	const at = { d: "M" + points.map(p => p[0].toFixed(2) + " " + p[1].toFixed(2)).join("L"),
		stroke: rgb(ink), "stroke-width": (thick * U).toFixed(2), fill: "none" };
	if (dashed) at["stroke-dasharray"] = .3 * U + " " + .2 * U;
	return add(to, "path", at);
}

function duration(ns) {
	const units = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];
	for (const [n, word] of units)
		if (ns >= n || n === 1)
			return (ns / n).toPrecision(Math.max(3, String(Math.floor(ns / n)).length)) + " " + word;
}
function axis() {
	const span = view.until - view.from, most = (geo.right - geo.left) / (5.5 * U);
	let s = 1;
	for (let power = 1; span / s > most; power *= 10)
		for (const nice of [1, 2, 5])
			if (span / (s = nice * power) <= most) break;
	const end = view.until + D.start;
	const unit = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]].find(u => u[0] === 1 || (s * 1000 >= u[0] && end >= u[0]));
	return { s, unit: unit[0], word: unit[1], digits: Math.max(0, Math.ceil(Math.log10(unit[0] / s) - 1e-9)) };
}
function stamp(t, a) {
	const ns = t + D.start;
	if (!ns) return "0";
	if (ns / a.unit >= 1e5)
		return (ns / 1e9).toFixed(Math.max(0, Math.ceil(9 - Math.log10(a.s)))) + " s";
	return (ns / a.unit).toFixed(a.digits) + " " + a.word;
}

// Where each bar begins: bars are [state, length, lock, by], four numbers a bar; a folded one is
// [-1, length, changes, [state, ns, ...]].
for (const row of D.rows)
	if (row.bars) {
		row.at = new Float64Array(row.bars.length / 4);
		for (let i = 0, t = row.begin; i < row.at.length; t += row.bars[4 * i++ + 1]) row.at[i] = t;
	}
function first(at, t) {
	let a = 0, b = at.length;
	while (a < b) { const m = (a + b) >> 1; if (at[m] <= t) a = m + 1; else b = m; }
	return Math.max(0, a - 1);
}

function place() {
	let y = (D.flags.length || D.gaps.length ? 1.6 : .4) * U, left = 3 * U;
	for (const r of D.rows) {
		const label = wide(r.label) + (r.number ? wide(r.number) + .4 * U : 0) + (r.kind === "coroutine" ? U : 0) +
			(r.kind === "queue" ? wide(String(r.top)) + .7 * U : 0);
		left = Math.max(left, r.kind === "process" ? 0 : Math.min(label, W * .22));
	}
	geo = { left: left + 1.5 * U, right: W - 1.2 * U, top: y };
	let room = figure.clientHeight - y - 5.4 * U, need = 0;
	const height = r => r.kind === "process" ? 1.4 : r.kind === "coroutine" ? 1.12 : r.kind === "queue" ? 2.9 :
		1.75 + (r.levels || 0) * LEVEL;
	for (const r of D.rows) need += height(r) * U;
	const grow = clamp(room / need, .82, 2);
	for (const r of D.rows) {
		r.h = height(r) * U * grow;
		r.bar = (r.kind === "queue" ? 2.3 : r.kind === "coroutine" ? .8 : 1.3) * U * Math.min(grow, 1.5);
		r.level = (r.h - r.bar - .3 * U * grow) / Math.max(1, r.levels || 1);
		r.y = y + .2 * U * grow;
		y += r.h;
	}
	geo.bottom = y + .2 * U;
	geo.height = geo.bottom + 5 * U;
}

function patterns(to) {
	const paths = ["", "M-2 2L2-2M0 8L8 0M6 10L10 6", "M-2 6L2 10M0 0L8 8M6-2L10 2", "M4 0V8", "M0 4H8", "M0 0L8 8M0 8L8 0", "M3 4H5"];
	const defs = add(to, "defs", {});
	D.states.forEach((s, i) => {
		if (!s.pattern) return;
		const p = add(defs, "pattern", { id: "live" + i, width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "scale(" + U / 22 + ")" });
		add(p, "rect", { width: 8, height: 8, fill: rgb(INK.state + i) });
		add(p, "path", { d: paths[s.pattern], stroke: rgb(INK.line + i), "stroke-width": s.pattern === 6 ? 2 : 1.3, fill: "none" });
	});
}
const seen = new Set();
const fill = s => seen.add(s) && D.states[s].pattern ? "url(#live" + s + ")" : rgb(INK.state + s);

function bar(to, r, s, x, w, about, at) {
	const look = D.states[s], h = r.bar * look.height, y = r.y + (r.bar - h) / 2;
	const e = add(to, "rect", { x: x.toFixed(3), y: y.toFixed(2), width: w.toFixed(3), height: h.toFixed(2), fill: fill(s), class: "bar " + look.word }, about);
	if (at) { e.dataset.from = at[0]; e.dataset.until = at[1]; }
	if (look.edged && w > 1)
		add(to, "path", { d: `M${x} ${y}H${x + w}M${x} ${y + h}H${x + w}`, stroke: rgb(INK.line + s), "stroke-width": .07 * U });
}
function words(to, x, y, text, ink, back, h) {
	const w = wide(text, true);
	add(to, "rect", { x: x - w / 2 - .16 * U, y: y - h / 2, width: w + .32 * U, height: h, fill: rgb(back) });
	say(to, x, y + .35 * U, text, ink, { "text-anchor": "middle" }, true);
}
function lockWords(id, room) {
	const l = D.locks[id];
	if (!l) return "";
	const full = l.letter && l.letter !== l.name ? l.letter + " " + l.name : l.name;
	return wide(full, true) <= room ? full : l.letter && wide(l.letter, true) <= room ? l.letter : "";
}

function fold(to, r, f, over) {
	// cells of shares: what a cell holds is added up from the parts of what lies in it
	const x0 = X(f[0].t), x1 = X(f[f.length - 1].end), cells = Math.max(1, Math.round((x1 - x0) / (CELL * U)));
	let n = 0;
	for (const b of f) n += b.n;
	for (let c = 0, i = 0; c < cells; c++) {
		const a = f[0].t + (f[f.length - 1].end - f[0].t) * c / cells, z = f[0].t + (f[f.length - 1].end - f[0].t) * (c + 1) / cells;
		const ns = {};
		let sum = 0;
		while (i > 0 && f[i].t > a) i--;
		for (; i < f.length && f[i].t < z; i++) {
			const b = f[i], part = (Math.min(z, b.end) - Math.max(a, b.t)) / Math.max(1, b.end - b.t);
			if (part <= 0) continue;
			for (let k = 0; k < b.ns.length; k += 2) {
				ns[b.ns[k]] = (ns[b.ns[k]] || 0) + b.ns[k + 1] * part;
				sum += b.ns[k + 1] * part;
			}
		}
		i = Math.max(0, i - 1);
		const x = x0 + (x1 - x0) * c / cells, w = Math.max((x1 - x0) / cells, SLIVER * U);
		let y = r.y;
		for (const s of Object.keys(ns).map(Number).sort((p, q) => p - q)) {
			const h = r.bar * ns[s] / Math.max(sum, 1e-9);
			add(to, "rect", { x: x.toFixed(2), y: y.toFixed(2), width: w.toFixed(2), height: h.toFixed(2), fill: fill(s), "shape-rendering": "crispEdges" },
				r.kind === "rest" ? tell("rest", r.label) :
				tell(n === 1 ? "change" : "changes", n, duration(f[f.length - 1].end - f[0].t)));
			y += h;
		}
	}
	if (r.kind === "rest") return;
	const mark = "×" + n.toLocaleString("en");
	if (wide(mark, true) < (x1 - x0) / 2.5)
		over.push(() => words(to, (x0 + x1) / 2, r.y + r.bar / 2, mark, INK.text, INK.paper, .9 * U));
}

function lane(to, r, over, arrows) {
	const narrow = (view.until - view.from) / (geo.right - geo.left) * U * NARROW;
	let f = [];
	const folds = [], flush = () => { if (f.length) folds.push(f); f = []; };
	for (let i = first(r.at, view.from); i < r.at.length && r.at[i] < view.until; i++) {
		const s = r.bars[4 * i], len = r.bars[4 * i + 1], lock = r.bars[4 * i + 2], by = r.bars[4 * i + 3];
		const t = Math.max(r.at[i], view.from), end = Math.min(r.at[i] + len, view.until);
		if (!s || end <= t) { flush(); continue; }
		if (s < 0 || end - t < narrow) {
			const whole = Math.max(1, len), part = (end - t) / whole;
			f.push({ t, end, n: s < 0 ? Math.max(1, Math.round(lock * part)) : 1,
				ns: s < 0 ? by.map((v, k) => k % 2 ? v * part : v) : [s, end - t] });
			continue;
		}
		flush();
		const who = by ? D.rows[by - 1].label : "";
		const what = [r.label, D.states[s].text, duration(len), stamp(r.at[i], axis())];
		const about = s !== 3 || !D.locks[lock] ? tell("bar", ...what) :
			tell(who ? "waitHolder" : "wait", ...what, lockWords(lock, 1e9), who);
		bar(to, r, s, X(t), X(end) - X(t), about, [r.at[i], r.at[i] + len]);
		if (s === 3) {
			const text = lockWords(lock, X(end) - X(t) - .5 * U);
			if (text) over.push(() => words(to, (X(t) + X(end)) / 2, r.y + r.bar / 2, text, INK.white, INK.state + 3, .7 * r.bar));
		}
		if (r.kind !== "thread" || !((s >= 3 && s <= 9) || s === 13)) continue;
		const units = (X(end) - X(t)) / U, next = 4 * i + 4;
		if (s === 3 && by && units > 1.1)
			arrows.push({ x: X(t), from: r, to: D.rows[by - 1], weight: 2 * units, waits: true, ink: D.locks[lock] ? D.locks[lock].ink : INK.rule });
		if (units > .5 && next < r.bars.length && (r.bars[next] === 1 || r.bars[next] === 2) && r.bars[next + 3] && r.at[i] + len <= view.until)
			arrows.push({ x: X(end), from: D.rows[r.bars[next + 3] - 1], to: r, weight: units, ink: s === 3 && D.locks[lock] ? D.locks[lock].ink : INK.rule });
	}
	flush();
	if (r.unseen > view.from)
		bar(to, r, 16, X(r.lived), X(r.unseen) - X(r.lived), tell("unseen", r.label));
	for (const g of folds) fold(to, r, g, over);
	if (r.died != null && r.died >= view.from && r.died < view.until) {
		const x = X(r.died) + .34 * U, y = r.y + r.bar / 2, d = .22 * U;
		line(to, [[x - d, y - d], [x + d, y + d]], INK.rule, .1);
		line(to, [[x - d, y + d], [x + d, y - d]], INK.rule, .1);
	}
	if (r.starter && r.begin >= view.from && r.begin < view.until)
		arrows.push({ x: X(r.begin), from: D.rows[r.starter - 1], to: r, weight: 3, ink: INK.rule });
}

function holds(to, r, over) {
	// [lock, from, until, count, sampled, read, level]; close ones too short to tell apart are one
	const narrow = (view.until - view.from) / (geo.right - geo.left) * U * NARROW, last = {};
	const shown = [];
	for (const h of r.holds) {
		if (h[2] <= view.from || h[1] >= view.until) continue;
		const p = last[h[0]], short = h[2] - h[1] < narrow;
		if (p && short && (p[3] > 1 || p[2] - p[1] < narrow) && h[1] <= p[2] + narrow) { p[2] = h[2]; p[3] += h[3]; continue; }
		shown.push(last[h[0]] = h.slice());
	}
	for (const [lock, from, until, count, sampled, read, level] of shown) {
		const l = D.locks[lock], x = X(from), z = Math.max(X(until), x + 2 * SLIVER * U);
		const y = r.y + r.bar + (.5 + level) * r.level + .06 * U, g = add(to, "g", {}, count > 1 ? tell("holdsTimes", r.label, lockWords(lock, 1e9), count) :
			tell(read ? "shares" : sampled ? "holdsLeast" : "holds", r.label, lockWords(lock, 1e9), duration(until - from)));
		const apart = read && count === 1 ? .12 * U : 0;
		line(g, [[x, y - apart], [z, y - apart]], l.ink, count > 1 ? .3 : apart ? .06 : .1, count > 1);
		if (apart) line(g, [[x, y + apart], [z, y + apart]], l.ink, .06);
		if (count === 1 && from >= view.from && !sampled) line(g, [[x, y - .26 * U], [x, y + .26 * U]], l.ink, .1);
		if (count === 1 && until < D.span && until <= view.until) line(g, [[z, y - .26 * U], [z, y + .26 * U]], l.ink, .1);
		const text = r.level > .7 * U ? lockWords(lock, z - x - .55 * U) : "";
		if (text) over.push(() => words(g, (x + z) / 2, y, text, l.ink, INK.paper, .9 * U));
	}
}

function queue(to, r) {
	const y = v => r.y + r.bar * (1 - Math.min(v, r.top) / r.top), t = r.line;
	const points = [];
	for (let i = 0; i < t.length; i += 2) {
		const until = i + 2 < t.length ? t[i + 2] : r.end;
		if (until < view.from || t[i] > view.until) continue;
		points.push([X(t[i]), y(t[i + 1])], [X(until), y(t[i + 1])]);
	}
	if (points.length) {
		const d = points.map(p => p[0].toFixed(2) + " " + p[1].toFixed(2)).join("L"), base = r.y + r.bar;
		add(to, "path", { d: "M" + points[0][0] + " " + base + "L" + d + "V" + base + "z", fill: rgb(INK.graph) });
		line(to, points, INK.graphLine, .09);
	}
	line(to, [[geo.left, r.y + r.bar], [geo.right, r.y + r.bar]], INK.rule, .05);
	if (r.capacity) line(to, [[geo.left, y(r.capacity)], [geo.right, y(r.capacity)]], INK.rule, .07, true);
	say(to, geo.left - .35 * U, r.y + .72 * U, String(r.top), INK.faint, { "text-anchor": "end" });
	say(to, geo.left - .35 * U, r.y + r.bar, "0", INK.faint, { "text-anchor": "end" });
}

let arrowsSeen = {};
function tip(to, x, y, dx, dy, ink) {
	const len = Math.hypot(dx, dy), a = .52 * U, b = .2 * U;
	dx /= len; dy /= len;
	add(to, "path", { d: `M${x} ${y}L${x - a * dx - b * dy} ${y - a * dy + b * dx}L${x - a * dx + b * dy} ${y - a * dy - b * dx}z`, fill: rgb(ink) });
}
function arrowsDraw(to, all, over) {
	const taken = [];
	arrowsSeen = {};
	for (const a of all) a.weight /= 1 + Math.abs(a.from.y - a.to.y) / (9 * U);
	all.sort((a, b) => b.weight - a.weight);
	for (const a of all) {
		if (taken.length === MOST_ARROWS) break;
		const lo = Math.min(a.from.y, a.to.y), hi = Math.max(a.from.y, a.to.y), down = a.from.y < a.to.y;
		if (a.from === a.to || taken.some(b => Math.abs(a.x - b.x) < 1.1 * U && lo < b.hi && b.lo < hi && !(a.waits && b.a.waits && down !== b.down))) continue;
		taken.push({ a, x: a.x, lo, hi, down });
		arrowsSeen[a.waits ? "waits" : "wakes"] = true;
		const edge = (r, bottom, inset) => r.y + r.bar * (bottom ? 1 - inset : inset);
		const y0 = edge(a.from, down, a.waits ? .14 : 0), y1 = edge(a.to, !down, 0);
		if (a.waits) {
			const bow = (down ? 1 : -1) * Math.min(.5 * U + .12 * Math.abs(y1 - y0), 2.2 * U), c = a.x + bow;
			const d = `M${a.x} ${y0}C${c} ${y0 + (y1 - y0) * .3} ${c} ${y0 + (y1 - y0) * .7} ${a.x} ${y1}`;
			add(to, "path", { d, stroke: rgb(INK.paper), "stroke-width": .32 * U, fill: "none" });
			add(to, "path", { d, stroke: rgb(a.ink), "stroke-width": .13 * U, fill: "none", "stroke-dasharray": .3 * U + " " + .2 * U });
			over.push(() => tip(to, a.x, y1, -bow, (y1 - y0) * .3, a.ink));
		} else {
			line(to, [[a.x, y0], [a.x, y1]], INK.paper, .26);
			line(to, [[a.x, y0], [a.x, y1 + (down ? -.4 : .4) * U]], a.ink, .1);
			over.push(() => tip(to, a.x, y1, 0, y1 - y0, a.ink));
		}
	}
}

function frame(to) {
	const a = axis();
	let right = 0;
	D.rows.filter(r => r.kind === "thread" || r.kind === "rest").forEach((r, i) => {
		if (i % 2) add(to, "rect", { x: 0, y: r.y - .2 * U, width: W, height: r.h, fill: rgb(INK.stripe) });
	});
	line(to, [[geo.left, geo.bottom], [geo.right, geo.bottom]], INK.rule, .07);
	for (let at = Math.ceil((view.from + D.start) / a.s) * a.s - D.start; at <= view.until; at += a.s) {
		const x = X(at), text = stamp(at, a), w = wide(text);
		line(to, [[x, geo.top - .2 * U], [x, geo.bottom + .3 * U]], INK.grid, .06);
		if (x - w / 2 < right + .4 * U || x + w / 2 > W - .2 * U) continue;
		say(to, x, geo.bottom + 1.25 * U, text, INK.faint, { "text-anchor": "middle" });
		right = x + w / 2;
	}
	for (const r of D.rows) {
		const y = r.kind === "process" ? r.y + .9 * U : r.y + r.bar / 2 + .36 * U, x = (.8 + (r.kind === "coroutine")) * U;
		const room = geo.left - x - .5 * U - (r.number ? wide(r.number) + .4 * U : 0) - (r.kind === "queue" ? wide(String(r.top)) + .5 * U : 0);
		const text = fit(r.label, r.kind === "process" ? W / 2 : room, r.kind === "process");
		say(to, x, y, text, r.kind === "coroutine" || r.kind === "rest" ? INK.faint : INK.text, {}, r.kind === "process");
		if (r.number) say(to, x + wide(text, r.kind === "process") + .4 * U, y, r.number, INK.faint);
	}
}

function flags(to) {
	let taken = [];
	unnamed = new Set();
	const base = geo.top - .45 * U;
	for (const g of D.gaps) {
		if (g[1] <= view.from || g[0] >= view.until) continue;
		add(to, "rect", { x: X(g[0]), y: geo.bottom - .4 * U, width: Math.max(X(g[1]) - X(g[0]), SLIVER * U), height: .4 * U, fill: fill(16) }, D.words.lost);
	}
	for (const f of D.flags.slice().sort((a, b) => (a.bad - b.bad) || (b.weight - a.weight) || (a.at - b.at))) {
		if (f.at < view.from || f.at > view.until) continue;
		const x = X(f.at), w = wide(f.words, true) + (f.bad ? 0 : .5 * U);
		const ink = f.bad ? INK.bad : INK.faint;
		line(to, [[x, base - .1 * U], [x, f.bad ? geo.bottom : base + .5 * U]], ink, .1);
		const left = [x - (f.bad ? .3 * U : w / 2), x + .9 * U, x + .3 * U - w, x - .9 * U - w]
			.find(l => l > 0 && l + w < W && taken.every(t => l > t[1] + .2 * U || l + w < t[0] - .2 * U));
		if (left === undefined) { if (f.bad) unnamed.add(f.words); continue; }
		taken.push([left, left + w]);
		const g = add(to, "g", { class: "flag" }, f.about);
		if (!f.bad) add(g, "rect", { x: left, y: base - 1.1 * U, width: w, height: 1.1 * U, rx: .3 * U, fill: rgb(ink) });
		say(g, left + w / 2, base - .2 * U, f.words, f.bad ? ink : INK.paper, { "text-anchor": "middle" }, true);
	}
	if (D.moment && D.moment.at >= view.from && D.moment.at <= view.until)
		line(to, [[X(D.moment.at), geo.top - .2 * U], [X(D.moment.at), geo.bottom + .3 * U]], INK.text, .1, true);
	const s = D.steps[step];
	if (s && s.kind && s.at >= view.from && s.at <= view.until)
		line(to, [[X(s.at), geo.top], [X(s.at), geo.bottom]], INK.text, .14, true);
}

// Of what occurs in this view, and the names of the locks.
function legend(to, occurs) {
	let x = .8 * U, y = geo.bottom + 2.9 * U;
	const next = (text, swatch) => {
		const w = (swatch + .4) * U + wide(text);
		if (x > U && x + w > W - .5 * U) { x = .8 * U; y += 1.5 * U; geo.height = Math.max(geo.height, y + U); }
		say(to, x + (swatch + .4) * U, y, text, INK.text);
		x += w + U;
		return x - w - U;
	};
	for (const s of Array.from(occurs).sort((a, b) => a - b)) {
		const at = next(D.states[s].text, 1.5);
		bar(to, { bar: 1.05 * U, y: y - .88 * U }, s, at, 1.5 * U);
	}
	const arrow = (text, dashed) => {
		const at = next(text, 1.5), mid = y - .35 * U;
		line(to, [[at, mid], [at + 1.1 * U, mid]], INK.rule, .12, dashed);
		tip(to, at + 1.5 * U, mid, 1, 0, INK.rule);
	};
	if (arrowsSeen.waits) arrow(D.words.waits, true);
	if (arrowsSeen.wakes) arrow(D.words.wakes, false);
	const upright = (text, ink, dashed) => {
		const at = next(text, .5) + .2 * U;
		line(to, [[at, y - U], [at, y + .2 * U]], ink, .1, dashed);
	};
	unnamed.forEach(kind => upright(kind, INK.bad, false));
	if (D.moment && D.moment.at >= view.from && D.moment.at <= view.until) upright(D.moment.text, INK.text, true);
	const named = new Set();
	for (const r of D.rows)
		for (const h of r.holds || [])
			if (h[1] < view.until && h[2] > view.from) named.add(h[0]);
	for (const id of Array.from(named).slice(0, 10)) {
		const l = D.locks[id], at = next(l.letter && l.letter !== l.name ? l.letter + " " + l.name : l.name, 1.5);
		line(to, [[at, y - .6 * U], [at, y - .1 * U]], l.ink, .1);
		line(to, [[at, y - .35 * U], [at + 1.5 * U, y - .35 * U]], l.ink, .1);
		line(to, [[at + 1.5 * U, y - .6 * U], [at + 1.5 * U, y - .1 * U]], l.ink, .1);
	}
}

function draw() {
	W = Math.max(480, figure.clientWidth);
	U = clamp(W / 56, 12, 40);
	place();
	const s = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	s.setAttribute("role", "img");
	s.setAttribute("aria-label", D.about);
	patterns(s);
	seen.clear();
	frame(s);
	const over = [], arrows = [];
	for (const r of D.rows) {
		const g = add(s, "g", { class: r.kind });
		if (r.bars) lane(g, r, over, arrows);
		if (r.holds) holds(g, r, over);
		if (r.kind === "queue") queue(g, r);
	}
	const tips = [];
	arrowsDraw(add(s, "g", { class: "arrows" }), arrows, tips);
	for (const o of over) o();
	const top = add(s, "g", {});
	for (const t of tips) t();
	flags(top);
	legend(top, new Set(seen));
	s.setAttribute("viewBox", `0 0 ${W} ${geo.height}`);
	s.setAttribute("height", geo.height);
	svg ? svg.replaceWith(s) : figure.appendChild(s);
	svg = s;
	root.dataset.from = view.from;
	root.dataset.until = view.until;
	$("where").textContent = step + 1 + " / " + D.steps.length;
}
let asked = false;
function redraw() {
	if (asked) return;
	asked = true;
	requestAnimationFrame(() => { asked = false; draw(); });
}

function look(from, until) {
	const span = clamp(until - from, Math.min(20, D.span), D.span);
	from = clamp(from, 0, D.span - span);
	view = { from, until: from + span };
	redraw();
}
function glide(from, until) {
	const a = Object.assign({}, view), begun = performance.now(), me = ++moving;
	if (window.matchMedia && matchMedia("(prefers-reduced-motion: reduce)").matches) return look(from, until);
	(function on(now) {
		if (me !== moving) return;
		const k = clamp((now - begun) / 350, 0, 1), e = k * k * (3 - 2 * k);
		look(a.from + (from - a.from) * e, a.until + (until - a.until) * e);
		if (k < 1) requestAnimationFrame(on);
	})(begun);
}
function zoom(by, at) {
	const t = at === undefined ? (view.from + view.until) / 2 : at;
	moving++;
	look(t - (t - view.from) * by, t + (view.until - t) * by);
}
function pan(share) {
	const d = (view.until - view.from) * share;
	moving++;
	look(view.from + d, view.until + d);
}
function go(n) {
	step = clamp(n, 0, D.steps.length - 1);
	const s = D.steps[step];
	Array.from($("steps").children).forEach((li, i) => li.classList.toggle("here", i === step));
	const here = $("steps").children[step];
	if (here && here.scrollIntoView) here.scrollIntoView({ block: "nearest" });
	$("said").textContent = (s.kind ? s.name + ": " : "") + s.text;
	root.dataset.step = step;
	glide(s.from, s.until);
}
function theme(d) {
	dark = d;
	root.classList.toggle("dark", dark);
	redraw();
}

D.steps.forEach((s, i) => {
	const li = document.createElement("li"), when = document.createElement("b"), p = document.createElement("p");
	when.textContent = s.kind ? duration(s.at + D.start) + (s.kind === "mark" || s.kind === "wait" ? "" : "  " + s.name) : D.title;
	if (s.bad) when.className = "bad";
	p.textContent = s.text;
	li.append(when, p);
	li.addEventListener("click", () => go(i));
	$("steps").append(li);
});
$("title").textContent = D.title;
$("sight").textContent = D.sight;
document.title = D.title;

const keys = {
	" ": () => go(step + 1), ArrowRight: () => go(step + 1), PageDown: () => go(step + 1),
	ArrowLeft: () => go(step - 1), PageUp: () => go(step - 1), Backspace: () => go(step - 1),
	ArrowUp: () => zoom(1 / 1.4), ArrowDown: () => zoom(1.4),
	"+": () => zoom(1 / 1.4), "=": () => zoom(1 / 1.4), "-": () => zoom(1.4), "_": () => zoom(1.4),
	Home: () => go(0), End: () => go(D.steps.length - 1), "0": () => glide(0, D.span),
	t: () => theme(!dark), "?": () => $("help").classList.toggle("open"), Escape: () => $("help").classList.remove("open"),
	f: () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen && root.requestFullscreen(),
};
addEventListener("keydown", e => {
	if (e.ctrlKey || e.metaKey || e.altKey) return;
	if (e.target.tagName === "BUTTON" && (e.key === " " || e.key === "Enter")) return;
	if (e.shiftKey && (e.key === "ArrowRight" || e.key === "ArrowLeft")) pan(e.key === "ArrowRight" ? .25 : -.25);
	else if (e.shiftKey && e.key === " ") go(step - 1);
	else if (keys[e.key]) keys[e.key]();
	else return;
	e.preventDefault();
});
const buttons = { back: () => go(step - 1), next: () => go(step + 1), in: () => zoom(1 / 1.4), out: () => zoom(1.4), all: () => glide(0, D.span), tone: () => theme(!dark), ask: () => keys["?"]() };
for (const id in buttons) $(id).addEventListener("click", buttons[id]);

const timeAt = e => {
	const box = figure.getBoundingClientRect(), x = (e.clientX - box.left) * W / figure.clientWidth;
	return view.from + (view.until - view.from) * clamp((x - geo.left) / (geo.right - geo.left), 0, 1);
};
figure.addEventListener("wheel", e => {
	e.preventDefault();
	if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) pan((e.deltaX || e.deltaY) / 600);
	else zoom(Math.exp(clamp(e.deltaY, -200, 200) / 400), timeAt(e));
}, { passive: false });
const held = new Map();
figure.addEventListener("pointerdown", e => { held.set(e.pointerId, { x: e.clientX, t: timeAt(e) }); if (figure.setPointerCapture) figure.setPointerCapture(e.pointerId); figure.classList.add("drag"); });
figure.addEventListener("pointermove", e => {
	const me = held.get(e.pointerId);
	if (!me) {
		const about = e.target.closest && e.target.closest("[data-about]");
		$("facts").textContent = about ? about.dataset.about : "";
		return;
	}
	moving++;
	if (held.size === 2) {
		const other = Array.from(held).find(h => h[0] !== e.pointerId)[1];
		const was = Math.max(20, Math.abs(me.x - other.x)), is = Math.max(20, Math.abs(e.clientX - other.x));
		me.x = e.clientX;
		zoom(was / is, other.t);
	} else {
		const d = me.t - timeAt(e);
		look(view.from + d, view.until + d);
	}
});
for (const type of ["pointerup", "pointercancel"])
	figure.addEventListener(type, e => { held.delete(e.pointerId); figure.classList.toggle("drag", held.size > 0); });
figure.addEventListener("dblclick", e => zoom(1 / 3, timeAt(e)));
addEventListener("resize", redraw);

root.classList.add("live");
root.classList.toggle("dark", dark);
draw();
const asked_step = parseInt(location.hash.slice(1), 10);
go(asked_step > 0 ? asked_step - 1 : 0);
})();
