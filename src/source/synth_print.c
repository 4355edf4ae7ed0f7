/* SPDX-License-Identifier: MIT */
#include "source/source.h"

#include "core/syscalls.h"
#include "source/synth_shape.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

struct out {
	char *buf;
	size_t size, n;
};

__attribute__((format(printf, 2, 3))) static void out_add(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->n, o->size - o->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->n = MIN(o->n + (size_t)n, o->size - 1);
}

static void out_time(struct out *o, u64 ns)
{
	static const struct {
		u64 scale;
		const char *unit;
	} units[] = {{NSEC_PER_SEC, "s"}, {NSEC_PER_MSEC, "ms"}, {NSEC_PER_USEC, "us"}};

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (!ns || ns % units[i].scale)
			continue;
		out_add(o, "%" PRIu64 "%s", ns / units[i].scale, units[i].unit);
		return;
	}
	out_add(o, "%" PRIu64 "ns", ns);
}

static void out_bytes(struct out *o, const char *bytes, size_t n)
{
	while (n && !bytes[n - 1])
		n--;
	out_add(o, "\"");
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '"' || c == '\\')
			out_add(o, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			out_add(o, "\\x%02x", c);
		else
			out_add(o, "%c", c);
	}
	out_add(o, "\"");
}

static void out_text(struct out *o, const struct event *ev, enum synth_where where)
{
	char bytes[16];

	memcpy(bytes, &ev->obj, 8);
	memcpy(bytes + 8, &ev->arg, 8);
	if (where == SYNTH_OBJ)
		out_bytes(o, bytes, 16);
	else
		out_bytes(o, bytes + 8, 8);
}

static const char *word_of(const struct synth_word *words, u64 value)
{
	for (; words->word; words++)
		if (words->value == value)
			return words->word;
	return NULL;
}

/* Bits that have no word are left to the raw form. */
static u64 out_bits(struct out *o, const struct synth_field *f, u64 v)
{
	for (const struct synth_word *w = f->words; w->word; w++) {
		if (!(v & w->value))
			continue;
		out_add(o, " %s", w->word);
		v &= ~(u64)w->value;
	}
	return v;
}

static void out_futex_op(struct out *o, u64 v)
{
	const char *word = word_of(synth_futex_ops, v & ~(u64)(128 | 256));

	if (!word)
		out_add(o, "%" PRIu64, v);
	else
		out_add(o, "%s%s%s", word, v & 128 ? "+private" : "", v & 256 ? "+realtime" : "");
}

static void out_number(struct out *o, const struct synth_field *f, u64 v)
{
	if (f->is_signed)
		out_add(o, "%" PRId64, (s64)v);
	else if (f->form == SYNTH_HEX || f->form == SYNTH_ADDR)
		out_add(o, "0x%" PRIx64, v);
	else
		out_add(o, "%" PRIu64, v);
}

static void out_call(struct out *o, u64 v)
{
	const char *name = syscall_word("", v);

	if (v == SYSCALL_NONE)
		out_add(o, "none");
	else if (name)
		out_add(o, "%s", name);
	else
		out_add(o, "%" PRIu64, v);
}

static void out_value(struct out *o, const struct synth_field *f, const struct event *ev, u64 v)
{
	const char *word = f->form == SYNTH_WORD ? word_of(f->words, v) : NULL;

	if (word)
		out_add(o, "%s", word);
	else if (f->form == SYNTH_TIME)
		out_time(o, v);
	else if (f->form == SYNTH_PAIR)
		out_add(o, "%u/%u", event_lo(v), event_hi(v));
	else if (f->form == SYNTH_TEXT)
		out_text(o, ev, f->where);
	else if (f->form == SYNTH_CALL)
		out_call(o, v);
	else if (f->form == SYNTH_FUTEXOP)
		out_futex_op(o, v);
	else
		out_number(o, f, v);
}

static bool is_graph(u64 v)
{
	return v > 0x20 && v < 0x7f && v != '"' && v != '#' && v != '\\';
}

/* Whether the field is worth its place: what reading takes where it is left out is left out. */
static bool out_wanted(const struct event *ev, const struct synth_field *f, u64 v)
{
	bool out = ev->kind == EV_SWITCH || ev->kind == EV_OUT;

	if (f->form == SYNTH_CHAR)
		return is_graph(v);
	return v || f == synth_shapes[ev->kind] || f->form == SYNTH_TEXT || f->form == SYNTH_TGID ||
	       (out && f->form == SYNTH_WORD);
}

/* Prints the fields; what they do not cover of each word stays in rest. */
static void out_fields(struct out *o, const struct event *ev, u64 rest[SYNTH_WHERES])
{
	for (const struct synth_field *f = synth_shapes[ev->kind]; f->form; f++) {
		u64 v = synth_field_get(ev, f), covered = f->width >= 64 ? ~(u64)0 : 0;

		if (!covered)
			covered = (((u64)1 << f->width) - 1) << f->shift;
		if (f->form == SYNTH_BITS) {
			u64 unknown = out_bits(o, f, v);

			rest[f->where] &= ~covered | unknown << f->shift;
			continue;
		}
		if (f->form == SYNTH_TEXT && f->where == SYNTH_OBJ)
			rest[SYNTH_ARG] = 0;
		if (f->form == SYNTH_CHAR && !is_graph(v))
			continue;
		rest[f->where] &= ~covered;
		if (!out_wanted(ev, f, v))
			continue;
		out_add(o, f->form == SYNTH_TEXT || f->form == SYNTH_CHAR ? " " : " %s=", f->key);
		if (f->form == SYNTH_CHAR)
			out_add(o, "%c", (int)v);
		else
			out_value(o, f, ev, v);
	}
}

char *synth_print(char *buf, size_t size, const struct event *ev)
{
	struct out o = {buf, size, 0};
	u64 rest[SYNTH_WHERES] = {ev->obj, ev->arg, ev->flags};

	if (!size)
		return buf;
	buf[0] = 0;
	out_time(&o, ev->ts);
	out_add(&o, " t%u", ev->tid);
	if (ev->cpu != EVENT_NO_CPU)
		out_add(&o, " cpu%u", ev->cpu);
	if (synth_kind_word(ev->kind))
		out_add(&o, " %s", synth_kind_word(ev->kind));
	else
		out_add(&o, " kind-%u", ev->kind);
	out_fields(&o, ev, rest);
	if (rest[SYNTH_OBJ])
		out_add(&o, " obj=0x%" PRIx64, ev->obj);
	if (rest[SYNTH_ARG])
		out_add(&o, " arg=0x%" PRIx64, ev->arg);
	if (rest[SYNTH_FLAGS])
		out_add(&o, " flags=0x%x", ev->flags);
	return buf;
}
