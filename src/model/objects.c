/* SPDX-License-Identifier: MIT */
/*
 * What is where: an address means an object of one address space (a process' between two execs),
 * or, where the program gave it a key, one that several share (space 0). Names may come first.
 */
#include "model/machine.h"

#include "core/fmt.h"

#define PROBES 4 /* two places may mix to the same key; that more do so is an attack */

static void resolve(const struct model *m, u32 process, u64 *addr, u32 *space)
{
	struct process_machine *own = process_machine(m, process);
	u32 key;

	*space = own ? own->space : 0;
	if (!own || !own->aliased)
		return;
	key = idmap_get(&m->machine->aliases, idmap_mix(*addr, *space));
	if (key == IDMAP_NONE || m->machine->places.v[key].space != *space)
		return;
	*space = 0;
	*addr = m->machine->places.v[key].addr;
}

static bool place_is(const struct machine *s, u32 i, u32 space, u64 addr)
{
	return s->places.v[i].space == space && s->places.v[i].addr == addr;
}

static u32 place_find(const struct machine *s, enum object_class c, u32 space, u64 addr)
{
	u64 key = idmap_mix(addr, space);

	for (int i = 0; i < PROBES; i++) {
		u32 at = idmap_get(&s->objects[c], key);

		if (at == IDMAP_NONE)
			return IDMAP_NONE;
		if (place_is(s, at, space, addr))
			return at;
		key = idmap_mix(key, c);
	}
	return IDMAP_NONE;
}

static u32 place_new(struct machine *s, enum object_class c, u32 space, u64 addr, u32 id)
{
	u64 key = idmap_mix(addr, space);

	for (int i = 0; i < PROBES && idmap_get(&s->objects[c], key) != IDMAP_NONE; i++)
		key = idmap_mix(key, c);
	idmap_set(&s->objects[c], key, (u32)s->places.n);
	vec_push(&s->places, (struct place){space, addr, id});
	return (u32)s->places.n - 1;
}

u32 object_find(const struct model *m, enum object_class c, u32 process, u64 addr)
{
	u32 space, at;

	resolve(m, process, &addr, &space);
	at = place_find(m->machine, c, space, addr);
	return at == IDMAP_NONE ? 0 : m->machine->places.v[at].id;
}

u32 object_place(struct model *m, enum object_class c, u32 process, u64 addr, u32 id)
{
	struct process_machine *own = process_machine(m, process);
	u32 space;

	resolve(m, process, &addr, &space);
	if (own && space)
		vec_push(&own->objects[c], id);
	return place_new(m->machine, c, space, addr, id);
}

bool object_shared(const struct model *m, u32 place)
{
	return !m->machine->places.v[place].space;
}

void object_forget(struct model *m, enum object_class c, u32 place)
{
	struct machine *s = m->machine;
	struct place *p = &s->places.v[place];
	u64 key = idmap_mix(p->addr, p->space);

	for (int i = 0; i < PROBES; i++) {
		u32 at = idmap_get(&s->objects[c], key);

		if (at == place) {
			idmap_del(&s->objects[c], key);
			return;
		}
		key = idmap_mix(key, c);
	}
}

/* It is no more; what was lost of it may still be told. */
void object_tomb(struct model *m, enum object_class c, u32 place)
{
	struct machine *s = m->machine;
	const struct place *p = &s->places.v[place];

	idmap_set(&s->tombs, idmap_mix(p->addr, (u64)c << 32 | p->space), place);
	object_forget(m, c, place);
}

/* What was there then, were it gone since. */
u32 object_find_late(const struct model *m, enum object_class c, u32 process, u64 addr, u64 before)
{
	const struct machine *s = m->machine;
	u32 id = object_find(m, c, process, addr), space, at;

	if (id && (c != OBJECT_LOCK || model_lock(m, id)->born < before))
		return id;
	resolve(m, process, &addr, &space);
	at = idmap_get(&s->tombs, idmap_mix(addr, (u64)c << 32 | space));
	if (at != IDMAP_NONE && place_is(s, at, space, addr))
		return s->places.v[at].id;
	return id;
}

/* A name given before fork holds in the child too. */
void object_named(struct model *m, u32 process, u64 addr, char name[64])
{
	struct process_machine *own = process_machine(m, process);
	u32 spaces[3] = {0, own ? own->space : 0, own ? own->forked_from : 0};

	for (size_t i = 0; i < ARRAY_LEN(spaces) && !name[0]; i++) {
		u64 at_addr = addr;
		u32 space = spaces[i], at;

		if (!i)
			resolve(m, process, &at_addr, &space);
		at = place_find(m->machine, OBJECT_NAME, space, at_addr);
		if (at != IDMAP_NONE)
			memcpy(name, m->machine->labels.v[m->machine->places.v[at].id].text, 64);
	}
}

static void name_apply(struct model *m, u32 process, u64 addr, const char *name)
{
	u32 ids[OBJECT_NAME];

	for (int c = 0; c < OBJECT_NAME; c++)
		ids[c] = object_find(m, (enum object_class)c, process, addr);
	if (ids[OBJECT_LOCK] && model_lock(m, ids[OBJECT_LOCK])->kind != LOCK_KIND_GIL)
		memcpy(model_lock(m, ids[OBJECT_LOCK])->name, name, 64);
	if (ids[OBJECT_COND])
		memcpy(model_cond(m, ids[OBJECT_COND])->name, name, 64);
	if (ids[OBJECT_QUEUE])
		memcpy(model_queue(m, ids[OBJECT_QUEUE])->name, name, 64);
	if (ids[OBJECT_CORO])
		memcpy(model_coroutine(m, ids[OBJECT_CORO])->name, name, 64);
}

void object_name(struct model *m, u32 process, u64 addr, const char *text)
{
	struct machine *s = m->machine;
	struct label label;
	u64 at_addr = addr;
	u32 space, at;

	fmt_clean(label.text, sizeof(label.text), text, strlen(text), false);
	resolve(m, process, &at_addr, &space);
	at = place_find(s, OBJECT_NAME, space, at_addr);
	if (at == IDMAP_NONE) {
		place_new(s, OBJECT_NAME, space, at_addr, (u32)s->labels.n);
		vec_push(&s->labels, label);
	} else {
		s->labels.v[s->places.v[at].id] = label;
	}
	name_apply(m, process, addr, label.text);
}

void object_unname(struct model *m, u32 process, u64 addr)
{
	u32 space, at;

	resolve(m, process, &addr, &space);
	at = place_find(m->machine, OBJECT_NAME, space, addr);
	if (at != IDMAP_NONE)
		object_forget(m, OBJECT_NAME, at);
}

static void object_end(struct model *m, int c, u32 id)
{
	if (c == OBJECT_LOCK && model_lock(m, id)->died == TIME_UNKNOWN)
		lock_end(m, model_lock(m, id));
	else if (c == OBJECT_COND)
		cond_end(m, model_cond(m, id));
	else if (c == OBJECT_QUEUE)
		queue_end(m, model_queue(m, id));
	else if (c == OBJECT_CORO)
		coroutine_end(m, model_coroutine(m, id));
}

u32 object_place_of(const struct model *m, int c, u32 id)
{
	switch (c) {
	case OBJECT_LOCK: return m->machine->locks.v[id - 1].place;
	case OBJECT_COND: return m->machine->conds.v[id - 1].place;
	case OBJECT_QUEUE: return m->machine->queue_places.v[id - 1];
	default: return m->machine->coroutines.v[id - 1].place;
	}
}

void objects_end(struct model *m, u32 process)
{
	struct process_machine *own = process_machine(m, process);

	for (int c = 0; c < OBJECT_NAME; c++) {
		for (size_t i = 0; i < own->objects[c].n; i++)
			if (!object_shared(m, object_place_of(m, c, own->objects[c].v[i])))
				object_end(m, c, own->objects[c].v[i]);
		own->objects[c].n = 0;
	}
}

/* What stands at an address moves to the key, unless something is known by that key already. */
static void object_rekey(struct model *m, int c, u32 space, u64 addr, u64 key)
{
	struct machine *s = m->machine;
	u32 at = place_find(s, (enum object_class)c, space, addr), id;

	if (at == IDMAP_NONE)
		return;
	id = s->places.v[at].id;
	if (place_find(s, (enum object_class)c, 0, key) != IDMAP_NONE) {
		if (c != OBJECT_NAME)
			object_end(m, c, id);
		else
			object_forget(m, OBJECT_NAME, at);
		return;
	}
	object_forget(m, (enum object_class)c, at);
	at = place_new(s, (enum object_class)c, 0, key, id);
	if (c == OBJECT_LOCK) {
		s->locks.v[id - 1].place = at;
		model_lock(m, id)->process = 0;
		model_lock(m, id)->shared = true;
	} else if (c == OBJECT_COND) {
		s->conds.v[id - 1].place = at;
		model_cond(m, id)->process = 0;
	} else if (c == OBJECT_QUEUE) {
		s->queue_places.v[id - 1] = at;
		model_queue(m, id)->process = 0;
	} else if (c == OBJECT_CORO) {
		s->coroutines.v[id - 1].place = at;
	}
}

void feed_obj_key(struct model *m, const struct event *ev)
{
	struct thread *t = ev->flags & OBJECT_LOOKED ? tid_thread(m, ev->tid) : actor(m, ev);
	struct machine *s = m->machine;
	struct process_machine *own;
	u32 known;
	u64 mix;

	if (!t)
		return;
	own = process_machine(m, t->process);
	mix = idmap_mix(ev->obj, own->space);
	known = idmap_get(&s->aliases, mix);
	if (known != IDMAP_NONE && place_is(s, known, own->space, ev->arg))
		return;
	for (int c = 0; c < OBJECT_CLASSES; c++)
		object_rekey(m, c, own->space, ev->obj, ev->arg);
	own->aliased = true;
	idmap_set(&s->aliases, mix, (u32)s->places.n);
	vec_push(&s->places, (struct place){own->space, ev->arg, 0});
	vec_push(&s->alias_list, (struct alias){own->space, ev->obj, ev->arg});
}
