/* SPDX-License-Identifier: MIT */
/* The script's reader. Its printer is synth_print.c, its vocabulary synth_shape.c. */
#include "source/source.h"

#include "core/fmt.h"
#include "core/idmap.h"
#include "core/syscalls.h"
#include "core/vec.h"
#include "source/synth_shape.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define SYMBOL_BASE 0x10000
#define SYMBOL_STEP 0x100

struct synth {
	struct order *out;
	char *error;
	size_t size;
	unsigned line;
	u64 ts;
	struct idmap tgids; /* tid -> tgid, as the script told so far */
	struct idmap on;    /* CPU -> tid the script last switched to */
	vec(char *) symbols;
};

/* One line's words; text holds what stood in quotes. */
struct words {
	vec(char *) v;
	char *text;
	size_t text_len;
	bool has_text;
};

__attribute__((format(printf, 2, 3))) static int synth_fail(struct synth *s, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(s->error, s->size, "line %u: ", s->line);

	if (n >= 0 && (size_t)n < s->size) {
		va_start(ap, fmt);
		vsnprintf(s->error + n, s->size - (size_t)n, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

static bool parse_u64(const char *text, u64 *value)
{
	bool minus = text[0] == '-';
	int base = text[minus] == '0' && (text[minus + 1] | 32) == 'x' ? 16 : 10;
	char *end;

	if (!isdigit((unsigned char)text[minus]))
		return false;
	errno = 0;
	*value = strtoull(text + minus, &end, base);
	if (minus)
		*value = -*value;
	return !*end && !errno;
}

/* Whole numbers only, so that every stamp of 64 bits comes through. */
static bool parse_time(const char *text, u64 *ns)
{
	static const struct {
		const char *unit;
		u64 scale;
	} units[] = {{"ns", 1}, {"us", NSEC_PER_USEC}, {"ms", NSEC_PER_MSEC}, {"s", NSEC_PER_SEC},
		{"", 1}};
	u64 whole, part = 0, scale = 0, below;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	whole = strtoull(text, &end, 10);
	const char *fraction = *end == '.' ? end + 1 : NULL;
	if (fraction)
		end += 1 + strspn(fraction, "0123456789");
	for (size_t i = 0; i < ARRAY_LEN(units) && !scale; i++)
		if (!strcmp(end, units[i].unit))
			scale = units[i].scale;
	below = scale / 10;
	for (const char *c = fraction; c && c < end; c++, below /= 10)
		part += (u64)(*c - '0') * below;
	return scale && !errno && !__builtin_mul_overflow(whole, scale, ns) &&
	       !__builtin_add_overflow(*ns, part, ns);
}

/* A symbol's place in the list makes its address; "name+8" reaches into it. */
static bool parse_addr(struct synth *s, const char *text, u64 *value)
{
	size_t len = strcspn(text, "+"), i;
	u64 plus = 0;

	if (isdigit((unsigned char)text[0]))
		return parse_u64(text, value);
	if (!isalpha((unsigned char)text[0]) || (text[len] && !parse_u64(text + len + 1, &plus)))
		return false;
	for (i = 0; i < s->symbols.n; i++)
		if (strlen(s->symbols.v[i]) == len && !memcmp(s->symbols.v[i], text, len))
			break;
	if (i == s->symbols.n)
		vec_push(&s->symbols, mem_printf("%.*s", (int)len, text));
	*value = SYMBOL_BASE + i * SYMBOL_STEP + plus;
	return true;
}

static bool parse_tid(const char *text, u64 *value)
{
	return parse_u64(text[0] == 't' ? text + 1 : text, value);
}

static u64 known_tgid(const struct synth *s, u64 tid)
{
	u32 tgid = idmap_get(&s->tgids, tid);

	return tgid == IDMAP_NONE ? tid : tgid;
}

static bool parse_pair(struct synth *s, char *text, u64 *value)
{
	char *slash = strchr(text, '/');
	u64 tid, tgid;

	if (!strcmp(text, "idle")) {
		*value = 0;
		return true;
	}
	if (slash)
		*slash = 0;
	if (!parse_tid(text, &tid))
		return false;
	tgid = known_tgid(s, tid);
	if (slash && !parse_tid(slash + 1, &tgid))
		return false;
	*value = event_pair((u32)tid, (u32)tgid);
	return true;
}

static bool parse_word(const struct synth_word *words, const char *text, size_t len, u64 *value)
{
	for (; words && words->word; words++) {
		if (strlen(words->word) != len || memcmp(words->word, text, len) != 0)
			continue;
		*value = words->value;
		return true;
	}
	return false;
}

static bool parse_call(const char *text, u64 *value)
{
	if (!strcmp(text, "none")) {
		*value = SYSCALL_NONE;
		return true;
	}
	for (const struct syscall_name *n = syscall_names; n->name; n++) {
		if (strcmp(n->name, text) != 0)
			continue;
		*value = (u64)n->x86_64;
		return true;
	}
	return parse_u64(text, value);
}

static bool parse_futex_op(const char *text, u64 *value)
{
	size_t len = strcspn(text, "+");

	if (!parse_word(synth_futex_ops, text, len, value))
		return parse_u64(text, value);
	for (text += len; *text; text += len) {
		len = 1 + strcspn(text + 1, "+");
		if (len == 8 && !memcmp(text, "+private", len))
			*value |= 128;
		else if (len == 9 && !memcmp(text, "+realtime", len))
			*value |= 256;
		else
			return false;
	}
	return true;
}

static bool parse_bits(const struct synth_field *f, const char *text, u64 *value)
{
	u64 bit;

	for (*value = 0;; text++) {
		size_t len = strcspn(text, "+");

		if (!parse_word(f->words, text, len, &bit))
			return false;
		*value |= bit;
		text += len;
		if (!*text)
			return true;
	}
}

static bool parse_value(struct synth *s, const struct synth_field *f, char *text, u64 *value)
{
	switch (f->form) {
	case SYNTH_TIME: return parse_time(text, value);
	case SYNTH_TID:
	case SYNTH_TGID: return parse_tid(text, value);
	case SYNTH_PAIR: return parse_pair(s, text, value);
	case SYNTH_ADDR: return parse_addr(s, text, value);
	case SYNTH_CALL: return parse_call(text, value);
	case SYNTH_FUTEXOP: return parse_futex_op(text, value);
	case SYNTH_CHAR: *value = (unsigned char)text[0]; return text[0] && !text[1];
	case SYNTH_BITS: return parse_bits(f, text, value) || parse_u64(text, value);
	case SYNTH_WORD:
		return parse_word(f->words, text, strlen(text), value) || parse_u64(text, value);
	default: return parse_u64(text, value);
	}
}

/* key=value, raw obj=, arg= and flags= included. */
static int parse_keyed(struct synth *s, struct event *ev, char *word, char *equals, u32 *given)
{
	const struct synth_field *f = synth_shapes[ev->kind];
	u64 value;

	*equals = 0;
	for (int i = 0; f[i].form; i++) {
		if (strcmp(f[i].key, word) != 0)
			continue;
		if (!parse_value(s, &f[i], equals + 1, &value))
			return synth_fail(s, "'%s' is no %s", equals + 1, word);
		synth_field_set(ev, &f[i], value);
		*given |= 1u << i;
		return 0;
	}
	if (!parse_u64(equals + 1, &value))
		return synth_fail(s, "'%s' has no '%s'", synth_kind_word(ev->kind), word);
	if (!strcmp(word, "obj"))
		ev->obj = value;
	else if (!strcmp(word, "arg"))
		ev->arg = value;
	else if (!strcmp(word, "flags"))
		ev->flags = (u8)value;
	else
		return synth_fail(s, "'%s' is not known here", word);
	*given |= 1u << 31;
	return 0;
}

/* A bare word: the object where it is still awaited, else a word of a list, else the next field. */
static int parse_bare(struct synth *s, struct event *ev, char *word, u32 *given)
{
	const struct synth_field *f = synth_shapes[ev->kind];
	bool object_first = f[0].form == SYNTH_ADDR && !(*given & 1);
	u64 value, old;

	for (int i = 0; f[i].form && !object_first; i++) {
		bool bits = f[i].form == SYNTH_BITS;

		if (!(bits ? parse_bits(&f[i], word, &value)
			   : f[i].form == SYNTH_WORD &&
					    parse_word(f[i].words, word, strlen(word), &value)))
			continue;
		old = bits ? synth_field_get(ev, &f[i]) : 0;
		synth_field_set(ev, &f[i], old | value);
		*given |= 1u << i;
		return 0;
	}
	for (int i = 0; f[i].form; i++) {
		if (*given & 1u << i || f[i].form == SYNTH_TEXT || f[i].form == SYNTH_BITS)
			continue;
		if (!parse_value(s, &f[i], word, &value))
			break;
		synth_field_set(ev, &f[i], value);
		*given |= 1u << i;
		return 0;
	}
	return synth_fail(s, "'%s' makes no sense with '%s'", word, synth_kind_word(ev->kind));
}

/* What is left out where it can be known. */
static void fill_in(struct synth *s, struct event *ev, u32 given)
{
	const struct synth_field *f = synth_shapes[ev->kind];

	for (int i = 0; f[i].form; i++) {
		if (given & (1u << i | 1u << 31))
			continue;
		if (f[i].form == SYNTH_TGID)
			synth_field_set(ev, &f[i], known_tgid(s, ev->tid));
		if (ev->kind == EV_SWITCH && !strcmp(f[i].key, "out") && !ev->tid)
			ev->flags = OUT_IDLE;
	}
}

static void learn(struct synth *s, const struct event *ev)
{
	switch (ev->kind) {
	case EV_FORK: idmap_set(&s->tgids, event_lo(ev->obj), event_hi(ev->obj)); break;
	case EV_TASK:
	case EV_THREAD_START: idmap_set(&s->tgids, ev->tid, event_lo(ev->obj)); break;
	case EV_SWITCH:
		idmap_set(&s->on, ev->cpu, event_lo(ev->obj));
		idmap_set(&s->tgids, event_lo(ev->obj), event_hi(ev->obj));
		break;
	default: break;
	}
}

/* Text longer than its event goes on in TEXT events. */
static void emit_text(struct synth *s, struct event *ev, const char *text, size_t len)
{
	bool short_one =
		ev->kind == EV_OBJ_NAME || ev->kind == EV_FRAME_NAME || ev->kind == EV_CALL_SITE;

	do {
		char bytes[16] = {0};
		size_t n = MIN(len, short_one ? 8u : 16u);

		memcpy(bytes + (short_one ? 8 : 0), text, n);
		if (!short_one)
			memcpy(&ev->obj, bytes, 8);
		memcpy(&ev->arg, bytes + 8, 8);
		text += n;
		len -= n;
		if (len)
			ev->flags |= EVENT_MORE;
		order_add(s->out, ev, 1);
		ev->kind = EV_TEXT;
		ev->flags = 0;
		short_one = false;
	} while (len);
}

/* A name in quotes behind an event that has no text of its own. */
static int emit_name(struct synth *s, const struct event *ev, const struct words *w)
{
	struct event name = {.ts = ev->ts, .tid = ev->tid, .kind = EV_NAME, .cpu = EVENT_NO_CPU};

	if (ev->kind == EV_FORK) {
		name.tid = event_lo(ev->obj);
	} else if (synth_shapes[ev->kind][0].form == SYNTH_ADDR) {
		name.kind = EV_OBJ_NAME;
		name.obj = ev->obj;
	} else if (ev->kind != EV_TASK && ev->kind != EV_THREAD_START) {
		return synth_fail(s, "no name goes with '%s'", synth_kind_word(ev->kind));
	}
	emit_text(s, &name, w->text, w->text_len);
	return 0;
}

static bool has_text(const struct event *ev)
{
	for (const struct synth_field *f = synth_shapes[ev->kind]; f->form; f++)
		if (f->form == SYNTH_TEXT)
			return true;
	return false;
}

static int emit(struct synth *s, struct event *ev, const struct words *w)
{
	learn(s, ev);
	if (has_text(ev)) {
		emit_text(s, ev, w->has_text ? w->text : "", w->text_len);
		return 0;
	}
	order_add(s->out, ev, 1);
	return w->has_text ? emit_name(s, ev, w) : 0;
}

static int parse_kind(struct synth *s, struct event *ev, const char *word)
{
	const char *words[EV_KIND_MAX], *near;
	size_t n = 0;
	u64 number;

	ev->kind = (u8)synth_kind(word);
	if (ev->kind)
		return 0;
	if (!strncmp(word, "kind-", 5) && parse_u64(word + 5, &number) && number < EV_KIND_MAX) {
		ev->kind = (u8)number;
		return 0;
	}
	for (int i = 0; i < EV_KIND_MAX; i++)
		if (synth_kind_word(i))
			words[n++] = synth_kind_word(i);
	near = fmt_nearest(word, words, n);
	return synth_fail(
		s, "no event '%s'%s%s", word, near ? ", did you mean " : "", near ? near : "");
}

static bool numbered(const char *word, const char *prefix, u64 *value)
{
	size_t len = strlen(prefix);

	return !strncmp(word, prefix, len) && isdigit((unsigned char)word[len]) &&
	       parse_u64(word + len, value);
}

/* [TIME] [tTID] [cpuN] KIND: fills ev, returns how many words that took, or -EINVAL. */
static int parse_head(struct synth *s, struct event *ev, const struct words *w)
{
	bool has_tid = false;
	size_t i = 0;
	u64 value;

	if (w->v.n && (isdigit((unsigned char)w->v.v[0][0]) || w->v.v[0][0] == '+')) {
		bool plus = w->v.v[0][0] == '+';

		if (!parse_time(w->v.v[0] + plus, &value))
			return synth_fail(s, "'%s' is no time", w->v.v[0]);
		s->ts = plus ? s->ts + value : value;
		i++;
	}
	ev->ts = s->ts;
	for (; i < w->v.n; i++) {
		if (numbered(w->v.v[i], "t", &value) && value <= UINT32_MAX) {
			ev->tid = (u32)value;
			has_tid = true;
		} else if (numbered(w->v.v[i], "cpu", &value) && value < EVENT_NO_CPU) {
			ev->cpu = (u16)value;
		} else {
			break;
		}
	}
	if (i == w->v.n)
		return synth_fail(s, "no event");
	if (parse_kind(s, ev, w->v.v[i]) < 0)
		return -EINVAL;
	if (!has_tid && ev->kind == EV_SWITCH && idmap_get(&s->on, ev->cpu) != IDMAP_NONE)
		ev->tid = idmap_get(&s->on, ev->cpu);
	return (int)i + 1;
}

static int parse_event(struct synth *s, const struct words *w)
{
	struct event ev = {.cpu = EVENT_NO_CPU};
	u32 given = 0;
	int i = parse_head(s, &ev, w), err = 0;

	if (i < 0)
		return i;
	for (; (size_t)i < w->v.n && !err; i++) {
		char *equals = strchr(w->v.v[i], '=');

		err = equals ? parse_keyed(s, &ev, w->v.v[i], equals, &given)
			     : parse_bare(s, &ev, w->v.v[i], &given);
	}
	if (err)
		return err;
	fill_in(s, &ev, given);
	return emit(s, &ev, w);
}

/* Takes the text between quotes out of the line, in place. Returns what follows; NULL: no end. */
static char *take_text(char *p, struct words *w)
{
	char *to = p;

	w->text = p;
	w->has_text = true;
	for (; *p && *p != '"'; p++) {
		unsigned int hex;

		if (p[0] == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &hex) == 1 &&
			isxdigit((unsigned char)p[3])) {
			*to++ = (char)hex;
			p += 3;
		} else {
			p += p[0] == '\\' && p[1];
			*to++ = *p;
		}
	}
	w->text_len = (size_t)(to - w->text);
	return *p ? p + 1 : NULL;
}

static int parse_line(struct synth *s, char *line)
{
	struct words w = {0};
	int err = 0;

	for (char *p = line; p && *p && *p != '#';) {
		if (isspace((unsigned char)*p)) {
			*p++ = 0;
		} else if (*p == '"') {
			p = take_text(p + 1, &w);
			if (!p)
				err = synth_fail(s, "a text without an end");
		} else {
			vec_push(&w.v, p);
			p += strcspn(p, " \t\r\n#\"");
			if (*p == '"' || *p == '#')
				err = synth_fail(s, "a blank is missing before '%c'", *p);
			if (err)
				break;
		}
	}
	if (!err && (w.v.n || w.has_text))
		err = parse_event(s, &w);
	vec_free(&w.v);
	return err;
}

int synth_parse(FILE *in, struct order *out, char *error, size_t size)
{
	struct synth s = {.out = out, .error = error, .size = size};
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	while (!err && getline(&line, &room, in) >= 0) {
		s.line++;
		err = parse_line(&s, line);
	}
	free(line);
	for (size_t i = 0; i < s.symbols.n; i++)
		free(s.symbols.v[i]);
	vec_free(&s.symbols);
	idmap_free(&s.tgids);
	idmap_free(&s.on);
	return err;
}
