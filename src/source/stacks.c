/* SPDX-License-Identifier: MIT */
#include "source/stacks.h"

#include "core/idmap.h"
#include "source/arch.h"
#include "source/code_file.h"
#include "source/proc_maps.h"
#include "source/proc_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define FRAMES_MOST  128
#define PIECE_BYTES  (128 << 10)
#define MODULES_MOST 4096
#define TEXT_MOST    1024

struct module {
	u64 device, inode;
	struct code_file *file; /* NULL: none, or not to be read */
};

/* A place in code: in a file, or (module NONE) in memory without one. */
struct place {
	u32 module;
	bool call;   /* the address is one that a call returns to */
	u64 address; /* the file's own; the process's where there is none */
	const struct proc_maps *maps;
	const struct proc_map *map;
};

#define NONE  (~(u32)0)
#define STALE (NONE - 1)

struct node { /* a frame that was told: its number is first + its place + 1 */
	u32 tgid, parent;
	u64 address; /* in the process */
	u32 text;    /* place in texts */
};

struct text {
	u32 module;
	u64 address;
	bool call;
	char *lines; /* NUL-ended each, an empty one last; NULL: not looked up yet */
	char base[64];
};

struct stacks {
	vec(struct module) modules;
	vec(struct node) nodes;
	vec(struct text) texts;
	struct idmap by_file, by_frame, by_place;
	size_t named; /* of nodes */
	u32 first;
};

bool stacks_known(void)
{
	return ARCH_HAS_SITES;
}

struct stacks *stacks_new(u32 first)
{
	struct stacks *s = mem_alloc(sizeof(*s));

	s->first = first;
	return s;
}

void stacks_free(struct stacks *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->modules.n; i++)
		code_file_close(s->modules.v[i].file);
	for (size_t i = 0; i < s->texts.n; i++)
		free(s->texts.v[i].lines);
	vec_free(&s->modules);
	vec_free(&s->nodes);
	vec_free(&s->texts);
	idmap_free(&s->by_file);
	idmap_free(&s->by_frame);
	idmap_free(&s->by_place);
	free(s);
}

/* In pages, so that one which is not there ends it and spoils nothing. */
bool stacks_copy(struct stack_piece *piece, struct proc_code *code, u32 tgid, u64 sp)
{
	const struct proc_map *map = proc_maps_at(proc_code_maps(code, tgid), sp);
	u64 page = (u64)sysconf(_SC_PAGESIZE), size, done;
	struct iovec local, remote[PIECE_BYTES / 4096 + 1];
	ssize_t n;
	int count = 0;

	piece->sp = sp;
	piece->bytes.n = 0;
	if (!map)
		return false;
	size = MIN(map->end - sp, (u64)PIECE_BYTES);
	vec_reserve(&piece->bytes, size);
	local = (struct iovec){piece->bytes.v, size};
	for (done = 0; done < size && count < (int)ARRAY_LEN(remote); count++) {
		u64 step = MIN(page - (sp + done) % page, size - done);

		remote[count] = (struct iovec){(void *)(uintptr_t)(sp + done), step};
		done += step;
	}
	n = proc_peek(tgid, &local, 1, remote, (size_t)count);
	piece->bytes.n = n > 0 ? (size_t)n : 0;
	return piece->bytes.n;
}

void stack_start_of(struct stack_start *start, const struct proc_syscall *call)
{
	start->call = call->call == PROC_CALL_BLOCKED;
	start->regs = (struct unwind_regs){.pc = call->pc, .known = 1ull << ARCH_REG_SP};
	start->regs.value[ARCH_REG_SP] = call->sp;
}

static u32 module_of(struct stacks *s, const struct place *place, u32 tgid)
{
	const struct proc_map *map = place->map;
	u64 key = idmap_mix(map->device, map->inode);
	u32 i = idmap_get(&s->by_file, key);
	int fd;

	if (!map->inode)
		return NONE;
	if (i != IDMAP_NONE)
		return s->modules.v[i].device == map->device && s->modules.v[i].inode == map->inode
			       ? i
			       : NONE;
	if (s->modules.n == MODULES_MOST)
		return NONE;
	fd = proc_code_open(place->maps, map, tgid);
	if (fd == -ESTALE)
		return STALE;
	i = (u32)s->modules.n;
	idmap_set(&s->by_file, key, i);
	vec_push(&s->modules, (struct module){map->device, map->inode, NULL});
	if (fd < 0)
		return i;
	s->modules.v[i].file = code_file_open(fd);
	close(fd);
	return i;
}

static struct code_file *place_file(const struct stacks *s, const struct place *place)
{
	return place->module == NONE ? NULL : s->modules.v[place->module].file;
}

/* False where no code is. What a call returns to may be in another function than the call. */
static bool place_find(struct stacks *s, struct place *place, struct proc_code *code, u32 tgid,
	u64 address, bool call)
{
	struct code_file *file;

	*place = (struct place){.module = NONE, .call = call, .address = address};
	place->maps = proc_code_maps(code, tgid);
	place->map = proc_maps_at(place->maps, address - call);
	if (!place->map || !place->map->runs)
		return false;
	place->module = module_of(s, place, tgid);
	if (place->module == STALE) {
		place->module = NONE;
		return false;
	}
	file = place_file(s, place);
	if (file &&
		code_file_address(file, place->map->offset + (address - call - place->map->start),
			&place->address))
		place->address += call;
	else if (place->module != NONE)
		place->address = place->map->offset + (address - place->map->start);
	return true;
}

struct walk {
	struct stacks *s;
	struct proc_code *code;
	u32 tgid;
	struct place place; /* of the frame that is left */
	u32 n;
	u64 address[FRAMES_MOST];
	struct place places[FRAMES_MOST];
};

/* Whether the one that the frame returns to called it. */
static bool walk_calls(void *ctx, u64 address, const struct unwind_rule *rule)
{
	struct walk *w = ctx;
	struct place from;
	struct code_file *file;
	bool same;

	if (!place_find(w->s, &from, w->code, w->tgid, address, true))
		return false;
	file = place_file(w->s, &from);
	same = from.module == w->place.module;
	if (file && code_file_rule(file, from.address - 1)->signal)
		return true;
	return file && code_file_calls(file, from.address, same ? rule->start : ~(u64)0);
}

/* Whether a frame can be there at all: what a call returns to follows a call. */
static bool walk_lands(struct walk *w, u64 address, bool call)
{
	struct code_file *file;
	const struct unwind_rule *rule;

	if (!place_find(w->s, &w->place, w->code, w->tgid, address, call))
		return false;
	file = place_file(w->s, &w->place);
	if (!file || !call || !w->n)
		return true;
	rule = code_file_rule(file, w->place.address - 1);
	return rule->called || rule->signal;
}

static enum stack_end walk_up(
	struct walk *w, struct unwind_regs *regs, bool *call, const struct stack_piece *piece)
{
	struct code_file *file = place_file(w->s, &w->place);
	const struct unwind_rule *rule;

	if (!file)
		return STACK_END_NO_TABLE;
	rule = code_file_rule(file, w->place.address - *call);
	*call = !rule->signal;
	return unwind_up(rule, regs, piece, walk_calls, w);
}

static enum stack_end walk(
	struct walk *w, const struct stack_start *start, const struct stack_piece *piece)
{
	struct unwind_regs regs = start->regs;
	enum stack_end end = STACK_END_WHOLE;
	bool call = start->call;

	while (!end && regs.pc) {
		if (w->n == FRAMES_MOST)
			return STACK_END_DEEP;
		if (!walk_lands(w, regs.pc, call))
			return w->n ? STACK_END_WRONG : STACK_END_NO_CODE;
		w->places[w->n] = w->place;
		w->address[w->n++] = regs.pc;
		end = piece->bytes.n ? walk_up(w, &regs, &call, piece) : STACK_END_UNREAD;
	}
	return end;
}

static void base_name(char *base, size_t size, const struct place *place)
{
	const char *path = place->maps->paths.v + place->map->path;
	const char *slash = strrchr(path, '/');

	snprintf(base, size, "%s", slash ? slash + 1 : path);
}

static u32 text_of(struct stacks *s, const struct place *place)
{
	u64 key = idmap_mix(place->module, place->address * 2 + place->call);
	u32 i = idmap_get(&s->by_place, key);
	struct text *t;

	if (i != IDMAP_NONE) {
		t = &s->texts.v[i];
		if (t->module == place->module && t->address == place->address &&
			t->call == place->call)
			return i;
	}
	i = (u32)s->texts.n;
	idmap_set(&s->by_place, key, i);
	vec_push(&s->texts,
		(struct text){
			.module = place->module, .address = place->address, .call = place->call});
	base_name(vec_last(&s->texts)->base, sizeof(vec_last(&s->texts)->base), place);
	return i;
}

static void event_tell(struct order *out, u64 ts, u32 tid, u8 kind, u64 obj, u64 arg)
{
	struct event ev = {
		.ts = ts, .tid = tid, .kind = kind, .cpu = EVENT_NO_CPU, .obj = obj, .arg = arg};

	order_add(out, &ev, 1);
}

/* The number of a frame called by another (0: none); a new one is told. */
static u32 node_of(struct stacks *s, struct order *out, u64 ts, u32 tgid, u32 parent, u64 address,
	const struct place *place)
{
	u32 text = text_of(s, place), i;
	u64 key = idmap_mix(event_pair(tgid, parent), idmap_mix(text, address));

	i = idmap_get(&s->by_frame, key);
	if (i != IDMAP_NONE && s->nodes.v[i].tgid == tgid && s->nodes.v[i].parent == parent &&
		s->nodes.v[i].address == address && s->nodes.v[i].text == text)
		return i + 1;
	if (s->nodes.n == STACKS_FRAMES)
		return 0;
	i = (u32)s->nodes.n;
	idmap_set(&s->by_frame, key, i);
	vec_push(&s->nodes, (struct node){tgid, parent, address, text});
	event_tell(out, ts, 0, EV_FRAME,
		event_pair(s->first + i + 1, parent ? s->first + parent : 0), address);
	return i + 1;
}

bool stacks_tell(struct stacks *s, struct proc_code *code, struct order *out, u64 frames, u64 ts,
	const struct stack_start *start, const struct stack_piece *piece, bool so)
{
	struct walk w = {.s = s, .code = code, .tgid = start->tgid};
	enum stack_end end;
	u32 frame = 0;
	bool fits;

	if (!s || !start->regs.pc || !proc_code_maps(code, start->tgid)->maps.n)
		return true; /* its process has ended */
	end = walk(&w, start, piece);
	fits = end != STACK_END_NO_CODE && end != STACK_END_WRONG;
	if (!fits && !so)
		return false;
	for (u32 i = w.n; i-- > 0;) {
		frame = node_of(s, out, frames, start->tgid, frame, w.address[i], &w.places[i]);
		if (!frame)
			return fits;
	}
	frame = frame ? s->first + frame : 0;
	if (start->wakee)
		event_tell(
			out, ts, start->tid, EV_WAKER_STACK, frame, event_pair(end, start->wakee));
	else
		event_tell(out, ts, start->tid, EV_STACK, frame, end);
	return fits;
}

u32 stacks_site(struct stacks *s, struct proc_code *code, struct order *out, u64 frames, u32 tgid,
	u64 address)
{
	const struct unwind_rule *rule;
	struct code_file *file;
	struct place place;
	u32 n;

	if (!place_find(s, &place, code, tgid, address, true))
		return 0;
	file = place_file(s, &place);
	rule = file ? code_file_rule(file, place.address - 1) : NULL;
	if (rule && !rule->called && !rule->signal)
		return 0;
	n = node_of(s, out, frames, tgid, 0, address, &place);
	return n ? s->first + n : 0;
}

struct lines {
	char *at;
	size_t left;
};

/* One letter in front says whether it is inlined. */
static void line_add(void *ctx, const char *text, bool inlined)
{
	struct lines *l = ctx;
	size_t n = strlen(text) + 2;

	if (n >= l->left)
		return;
	snprintf(l->at, l->left, "%c%s", inlined ? 'i' : 'f', text);
	l->at += n;
	l->left -= n;
}

static void text_look_up(struct stacks *s, struct text *t)
{
	struct code_file *file = t->module == NONE ? NULL : s->modules.v[t->module].file;
	char buf[TEXT_MOST] = "", plain[128];
	struct lines l = {buf, sizeof(buf)};

	if (t->module == NONE && !t->base[0])
		snprintf(plain, sizeof(plain), "0x%" PRIx64 " (code of no file)", t->address);
	else
		snprintf(plain, sizeof(plain), "%s+0x%" PRIx64, t->base, t->address);
	if (!file || !code_file_names(file, t->address, t->call, line_add, &l))
		line_add(&l, plain, false);
	t->lines = mem_alloc(sizeof(buf) - l.left + 1);
	memcpy(t->lines, buf, sizeof(buf) - l.left);
}

static void line_tell(struct order *out, u64 ts, u32 frame, const char *line)
{
	struct event ev = {.ts = ts, .kind = EV_FRAME_NAME, .cpu = EVENT_NO_CPU, .obj = frame};
	size_t len = strlen(line + 1);

	memcpy(&ev.arg, line + 1, MIN(len, sizeof(ev.arg)));
	ev.flags = (u8)((line[0] == 'i' ? FRAME_INLINED : 0) |
			(len > sizeof(ev.arg) ? EVENT_MORE : 0));
	order_add(out, &ev, 1);
	for (size_t at = sizeof(ev.arg); at < len; at += 16) {
		char part[16] = {0};

		memcpy(part, line + 1 + at, MIN(len - at, sizeof(part)));
		ev.kind = EV_TEXT;
		ev.flags = len - at > sizeof(part) ? EVENT_MORE : 0;
		memcpy(&ev.obj, part, 8);
		memcpy(&ev.arg, part + 8, 8);
		order_add(out, &ev, 1);
	}
}

size_t stacks_name(struct stacks *s, struct order *out, u64 ts, size_t most)
{
	if (!s)
		return 0;
	for (; most && s->named < s->nodes.n; s->named++, most--) {
		struct text *t = &s->texts.v[s->nodes.v[s->named].text];

		if (!t->lines)
			text_look_up(s, t);
		for (const char *line = t->lines; *line; line += strlen(line) + 1)
			line_tell(out, ts, s->first + (u32)s->named + 1, line);
	}
	return s->nodes.n - s->named;
}
