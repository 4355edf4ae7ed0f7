/* SPDX-License-Identifier: MIT */
#include "model/filter.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "model/model.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define STATES_ALL (~1u) /* without NONE, with FILTER_HOLDS */
#define STATES_WAITS                                                                   \
	(1u << STATE_LOCK | 1u << STATE_COND | 1u << STATE_SEM | 1u << STATE_BARRIER | \
		1u << STATE_JOIN | 1u << STATE_QUEUE | 1u << STATE_FUTEX)

_Static_assert(STATE_COUNT < 31, "FILTER_HOLDS is no state");

static const struct {
	const char *word;
	enum filter_key key;
} keys[] = {
	{"thread", FILTER_THREAD},
	{"process", FILTER_PROCESS},
	{"lock", FILTER_LOCK},
	{"queue", FILTER_QUEUE},
	{"event", FILTER_EVENT},
	{"state", FILTER_STATE},
	{"dur", FILTER_DURATION},
};

const char *filter_word(size_t i)
{
	return i < ARRAY_LEN(keys) ? keys[i].word : NULL;
}

const char *filter_state(size_t i)
{
	if (i + 1 < STATE_COUNT)
		return state_word((enum state)(i + 1));
	return i + 1 == STATE_COUNT ? "holds" : i == STATE_COUNT ? "waits" : NULL;
}

static bool is_blank(char c)
{
	return isspace((unsigned char)c);
}

static const char *skip_blanks(const char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* The whole of name; at each * only the last one tries again, so that it costs n * m at most. */
static bool glob_fits(const char *p, const char *end, const char *name)
{
	const char *star = NULL, *again = NULL;

	for (; *name;) {
		if (p < end && *p == '*') {
			star = ++p;
			again = name;
		} else if (p < end && (*p == '?' || same_letter(*p, *name))) {
			p++;
			name++;
		} else if (star) {
			p = star;
			name = ++again;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

static bool part_fits(const char *p, const char *end, const char *name)
{
	size_t n = (size_t)(end - p), i;

	for (; *name; name++) {
		for (i = 0; i < n && name[i] && same_letter(p[i], name[i]); i++)
			;
		if (i == n)
			return true;
	}
	return false;
}

bool filter_fits(const char *pattern, const char *name)
{
	for (const char *end; *pattern; pattern = end + (*end == ',')) {
		size_t n = strcspn(pattern, ",");
		bool glob = memchr(pattern, '*', n) || memchr(pattern, '?', n);

		end = pattern + n;
		if (n && (glob ? glob_fits(pattern, end, name) : part_fits(pattern, end, name)))
			return true;
	}
	return false;
}

/* 0 where there is no such word. */
static u32 state_bits(const char *word, size_t n)
{
	for (size_t i = 0; filter_state(i); i++) {
		const char *state = filter_state(i);

		if (strlen(state) != n || strncmp(state, word, n))
			continue;
		return i + 1 < STATE_COUNT    ? 1u << (i + 1)
		       : i + 1 == STATE_COUNT ? FILTER_HOLDS
					      : STATES_WAITS;
	}
	return 0;
}

static int term_states(struct filter_term *t, char *error, size_t size)
{
	for (const char *p = t->pattern, *end; *p; p = end + (*end == ',')) {
		size_t n = strcspn(p, ",");
		u32 bits = state_bits(p, n);

		end = p + n;
		if (!bits) {
			snprintf(error, size, tr("there is no state \"%.*s\""), (int)MIN(n, 40), p);
			return -EINVAL;
		}
		t->states |= bits;
	}
	return 0;
}

static int term_duration(struct filter_term *t, const char *op, char *error, size_t size)
{
	bool equal = op[1] == '=';
	u64 ns;

	if (fmt_parse_duration(t->pattern, &ns)) {
		snprintf(error, size, tr("dur%.*s wants a time, such as 1ms or 20us"), 1 + equal,
			op);
		return -EINVAL;
	}
	if (*op == '>')
		t->least = equal ? ns : ns + (ns != ~(u64)0);
	else
		t->most = equal ? ns : ns - (ns > 0);
	return 0;
}

/* Copies the value up to a blank, "..." as it is without its marks; what stands behind it. */
static const char *term_value(struct filter_term *t, const char *p)
{
	bool quoted = false;
	size_t n = 0;

	for (; *p && (quoted || !is_blank(*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (n < sizeof(t->pattern) - 1)
			t->pattern[n++] = *p;
	}
	t->pattern[n] = 0;
	return p;
}

/* "thread:", "dur>=": its key and what stands behind it; a plain word has neither. */
static const char *term_key(struct filter_term *t, const char *p, const char **op)
{
	*op = NULL;
	t->key = FILTER_WORD;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		size_t n = strlen(keys[i].word);
		bool duration = keys[i].key == FILTER_DURATION;

		if (strncmp(p, keys[i].word, n) ||
			(duration ? p[n] != '>' && p[n] != '<' : p[n] != ':'))
			continue;
		t->key = keys[i].key;
		*op = p + n;
		return p + n + 1 + (duration && p[n + 1] == '=');
	}
	return p;
}

/* One term; what stands behind it, NULL where it is none. */
static const char *term_parse(struct filter_term *t, const char *p, char *error, size_t size)
{
	const char *op, *begin;
	int err = 0;

	*t = (struct filter_term){.most = ~(u64)0, .negated = *p == '-' && p[1] && !is_blank(p[1])};
	begin = p += t->negated;
	p = term_key(t, p, &op);
	p = term_value(t, p);
	if (!t->pattern[0] && op) {
		snprintf(error, size, tr("what should stand behind \"%.*s\"?"), (int)(p - begin),
			begin);
		return NULL;
	}
	if (t->key == FILTER_STATE)
		err = term_states(t, error, size);
	else if (t->key == FILTER_DURATION)
		err = term_duration(t, op, error, size);
	return err ? NULL : p;
}

/* What spans there may be, by all terms of state and duration. */
static void filter_narrow(struct filter *f, const struct filter_term *t)
{
	if (t->key == FILTER_STATE)
		f->states &= t->negated ? ~t->states : t->states;
	if (t->key == FILTER_DURATION && !t->negated) {
		f->least = MAX(f->least, t->least);
		f->most = MIN(f->most, t->most);
	} else if (t->key == FILTER_DURATION && t->least) {
		f->most = MIN(f->most, t->least - 1);
	} else if (t->key == FILTER_DURATION && t->most != ~(u64)0) {
		f->least = MAX(f->least, t->most + 1);
	}
	f->spans |= t->key == FILTER_STATE || t->key == FILTER_DURATION;
}

int filter_parse(struct filter *f, const char *text, char *error, size_t size)
{
	const char *p = skip_blanks(text);

	*f = (struct filter){.states = STATES_ALL, .most = ~(u64)0};
	snprintf(f->text, sizeof(f->text), "%s", text);
	if (strlen(text) >= sizeof(f->text)) {
		snprintf(error, size, tr("that is too long"));
		return -EINVAL;
	}
	while (*p) {
		if (f->n == FILTER_TERMS_MAX) {
			snprintf(error, size, tr("%d terms are the most"), FILTER_TERMS_MAX);
			return -EINVAL;
		}
		p = term_parse(&f->terms[f->n], p, error, size);
		if (!p)
			return -EINVAL;
		filter_narrow(f, &f->terms[f->n]);
		if (f->terms[f->n].pattern[0])
			f->n++;
		p = skip_blanks(p);
	}
	return 0;
}
