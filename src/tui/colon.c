/* SPDX-License-Identifier: MIT */
#include "tui/colon.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "tui/search.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct view *const views[] = {
#define X(name) &view_##name,
	VIEWS(X)
#undef X
};

static const char *const orders[] = {
#define X(NAME, word) #NAME,
	LANE_ORDERS(X)
#undef X
};

static const char *const groupings[] = {
#define X(NAME, word) #NAME,
	LANE_GROUPS(X)
#undef X
};

static int run_filter(struct ui *u, const char *rest, const struct model *m)
{
	search_set(u, rest, m);
	return UI_REDRAW;
}

static int run_search(struct ui *u, const char *rest, const struct model *m)
{
	search_begin(u, rest, m);
	return UI_REDRAW;
}

/* A number of its key, or its name. */
static int run_view(struct ui *u, const char *rest, const struct model *m)
{
	(void)m;
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		char number[8];

		snprintf(number, sizeof(number), "%zu", i + 1);
		if (strcasecmp(rest, views[i]->name) && strcmp(rest, number))
			continue;
		u->back = u->view;
		u->view = views[i];
		return UI_REDRAW;
	}
	ui_note(u, "There is no view \"%.40s\".", rest);
	return UI_REDRAW;
}

/* "1.5s", "20ms" after the start; "+5ms", "-5ms" from the cursor. */
static int run_go(struct ui *u, const char *rest, const struct model *m)
{
	bool forth = *rest == '+', back = *rest == '-';
	u64 ns, at = ui_moment(u, m);

	if (fmt_parse_duration(rest + (forth || back), &ns)) {
		ui_note(u, "A time, such as 1.5s, 20ms after the start, or +5us from here.");
		return UI_REDRAW;
	}
	if (back)
		at -= MIN(ns, at);
	else if ((forth ? at : m->start) + ns < ns)
		at = ui_end(u, m) - 1;
	else
		at = (forth ? at : m->start) + ns;
	travel_to(u, MIN(MAX(at, m->start), ui_end(u, m) - 1));
	return UI_REDRAW;
}

static int run_span(struct ui *u, const char *rest, const struct model *m)
{
	struct window *w = &u->window;
	u64 ns, at = ui_moment(u, m);

	if (fmt_parse_duration(rest, &ns) || !ns) {
		ui_note(u, "How long a stretch of time, such as 20ms?");
		return UI_REDRAW;
	}
	travel_to(u, at);
	u->fitted = false;
	window_fit(w, at - MIN(ns / 2, at), at - MIN(ns / 2, at) + ns);
	window_hold(w, m->start, ui_end(u, m));
	return UI_REDRAW;
}

static int run_order(struct ui *u, const char *rest, const struct model *m)
{
	(void)m;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		if (!strcasecmp(rest, orders[i])) {
			u->order = (enum lane_order)i;
			return UI_REDRAW;
		}
	ui_note(u, "Lanes go by seen, ran, waited or name.");
	return UI_REDRAW;
}

static int run_group(struct ui *u, const char *rest, const struct model *m)
{
	(void)m;
	for (size_t i = 0; i < ARRAY_LEN(groupings); i++)
		if (!strcasecmp(rest, groupings[i])) {
			u->groups.by = (enum lane_groups)i;
			u->chosen.y = -1;
			return UI_REDRAW;
		}
	ui_note(u, "Lanes are grouped by process, name or cpu.");
	return UI_REDRAW;
}

static int run_save(struct ui *u, const char *rest, const struct model *m)
{
	(void)rest;
	(void)m;
	marks_save(u);
	return UI_REDRAW;
}

static int run_help(struct ui *u, const char *rest, const struct model *m)
{
	(void)rest;
	return run_view(u, "help", m);
}

static int run_quit(struct ui *u, const char *rest, const struct model *m)
{
	(void)u;
	(void)rest;
	(void)m;
	return UI_QUIT;
}

static const struct {
	const char *name, *hint;
	int (*run)(struct ui *u, const char *rest, const struct model *m);
} commands[] = {
	{"filter", N_("filter TERMS: show only what fits; nothing ends it"), run_filter},
	{"search", N_("search TERMS: to the first hit"), run_search},
	{"view", N_("view NAME: another view"), run_view},
	{"go", N_("go TIME: 1.5s after the start; +5us or -5us from here"), run_go},
	{"span", N_("span TIME: show such a stretch around the cursor"), run_span},
	{"order", N_("order seen|ran|waited|name: of lanes"), run_order},
	{"group", N_("group process|name|cpu: of lanes"), run_group},
	{"save", N_("save: the bookmarks into the recording itself"), run_save},
	{"help", N_("help: the keys"), run_help},
	{"quit", "quit", run_quit},
};

/* The only command that begins so, or has that name; -1. */
static int colon_find(const char *name, size_t n)
{
	int found = -1;

	for (size_t i = 0; n && i < ARRAY_LEN(commands); i++) {
		if (strncmp(commands[i].name, name, n))
			continue;
		if (!commands[i].name[n])
			return (int)i;
		found = found < 0 ? (int)i : -2;
	}
	return found < 0 ? -1 : found;
}

int colon_run(struct ui *u, const char *line, const struct model *m)
{
	const char *rest;
	char value[PROMPT_MAX];
	size_t n;
	int i;

	line += strspn(line, " ");
	n = strcspn(line, " ");
	rest = line + n + strspn(line + n, " ");
	if (!n)
		return UI_REDRAW;
	i = colon_find(line, n);
	if (i < 0) {
		ui_note(u, "There is no command \"%.*s\"; Tab tells which there are.",
			(int)MIN(n, 40), line);
		return UI_REDRAW;
	}
	snprintf(value, sizeof(value), "%s", rest);
	for (n = strlen(value); n && value[n - 1] == ' ';)
		value[--n] = 0;
	return commands[i].run(u, value, m);
}

static void offer_one(candidates *c, const char *word, const char *text)
{
	struct candidate one;

	if (strncasecmp(text, word, strlen(word)))
		return;
	snprintf(one.text, sizeof(one.text), "%s", text);
	for (char *p = one.text; *p; p++)
		*p |= *p >= 'A' && *p <= 'Z' ? 0x20 : 0;
	vec_push(c, one);
}

void colon_offers(
	const struct ui *u, const struct model *m, const char *word, candidates *c, bool *whole)
{
	const char *line = u->prompt.text + strspn(u->prompt.text, " ");
	size_t n = strcspn(line, " ");
	int i = colon_find(line, n);

	*whole = true;
	if (!line[n] || line + n >= u->prompt.text + u->prompt.at) {
		for (size_t j = 0; j < ARRAY_LEN(commands); j++)
			offer_one(c, word, commands[j].name);
	} else if (i >= 0 && (commands[i].run == run_filter || commands[i].run == run_search)) {
		search_offers(m, word, c);
		*whole = strchr(word, ':');
	} else if (i >= 0 && commands[i].run == run_view) {
		for (size_t j = 0; j < ARRAY_LEN(views); j++)
			offer_one(c, word, views[j]->name);
	} else if (i >= 0 && commands[i].run == run_order) {
		for (size_t j = 0; j < ARRAY_LEN(orders); j++)
			offer_one(c, word, orders[j]);
	} else if (i >= 0 && commands[i].run == run_group) {
		for (size_t j = 0; j < ARRAY_LEN(groupings); j++)
			offer_one(c, word, groupings[j]);
	}
}

char *colon_hint(const char *line, char *buf, size_t size)
{
	size_t used = 0, n;
	int i;

	line += strspn(line, " ");
	n = strcspn(line, " ");
	i = colon_find(line, n);
	buf[0] = 0;
	if (i >= 0)
		snprintf(buf, size, "%s", tr(commands[i].hint));
	for (size_t j = 0; i < 0 && j < ARRAY_LEN(commands) && used < size; j++)
		if (!strncmp(commands[j].name, line, n))
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? "  " : "",
				commands[j].name);
	return buf;
}
