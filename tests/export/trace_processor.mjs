// SPDX-License-Identifier: MIT
// Perfetto's own trace_processor (WebAssembly, as its page runs it), asked from the command line.
//   node trace_processor.mjs FOLDER <questions >answers
// FOLDER holds trace_processor.wasm, engine_bundle.node.js and engine.mjs. A question is a line
// {"trace": PATH, "page": as ui.perfetto.dev sets it up, "ask": {NAME: SQL}}; an answer
// {NAME: [rows]}, or {"error": TEXT} where the trace or a question was not understood.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2];
const { EngineBase } = await import(pathToFileURL(folder + '/engine.mjs'));

/* The bundle is made for a worker: it is given what it asks of one, and 32-bit WebAssembly. */
async function worker() {
	const program = readFileSync(folder + '/trace_processor.wasm');
	const wasm = Object.create(WebAssembly, { Module: { value: function (bytes) {
		if (bytes[8] === 5 && bytes[11] & 4) // a memory section first: is there such memory?
			throw new Error('no 64-bit memory');
		return new WebAssembly.Module(bytes);
	} } });
	const given = {
		self: { location: { href: 'file:///' } },
		WorkerGlobalScope: function () { },
		XMLHttpRequest: class { open() { } send() { } response = program },
		WebAssembly: wasm,
		process: undefined,
	};

	new Function(...Object.keys(given), readFileSync(folder + '/engine_bundle.node.js', 'utf8'))(
		...Object.values(given));
	await new Promise(resolve => setTimeout(resolve, 0));
	return given.self;
}

const scope = await worker();

class Engine extends EngineBase {
	mode = 'WASM';
	id = 'test';
	port = { postMessage: data => queueMicrotask(() => this.onRpcResponseBytes(data)) };

	constructor() {
		super();
		scope.onmessage({ data: this.port });
	}

	rpcSendRequestBytes(data) {
		this.port.onmessage({ data });
	}
}

const engine = new Engine();

async function rows(sql) {
	const result = await engine.query(sql), all = [];

	for (const row = result.iter({}); row.valid(); row.next())
		all.push(Object.fromEntries(result.columns().map(name => [name, row.get(name)])));
	return all;
}

async function answer({ trace, page, ask }) {
	await engine.resetTraceProcessor({ cropTrackEvents: false, ingestFtraceInRawTable: true,
		analyzeTraceProtoContent: false, ftraceDropUntilAllCpusValid: page });
	await engine.parse(new Uint8Array(readFileSync(trace)));
	await engine.notifyEof();
	const told = {};
	for (const [name, sql] of Object.entries(ask))
		told[name] = await rows(sql);
	return told;
}

for await (const line of createInterface({ input: process.stdin })) {
	const told = await answer(JSON.parse(line)).catch(e => ({ error: String(e) }));

	console.log(JSON.stringify(told, (_, v) => typeof v === 'bigint' ? Number(v) : v));
}
