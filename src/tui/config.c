/* SPDX-License-Identifier: MIT */
#include "tui/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_LENGTH 512

char *config_path(char *buf, size_t size)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	buf[0] = 0;
	if (xdg && *xdg == '/')
		snprintf(buf, size, "%s/threadline/config", xdg);
	else if (home && *home == '/')
		snprintf(buf, size, "%s/.config/threadline/config", home);
	return buf;
}

static char *trim(char *text)
{
	size_t n;

	while (isspace((unsigned char)*text))
		text++;
	for (n = strlen(text); n && isspace((unsigned char)text[n - 1]);)
		text[--n] = 0;
	return text;
}

/* 0 the first word, 1 the second, -EINVAL neither. */
static int either(const char *value, const char *first, const char *second)
{
	return !strcmp(value, first) ? 0 : !strcmp(value, second) ? 1 : -EINVAL;
}

static int set_flag(bool *flag, int value)
{
	if (value < 0)
		return value;
	*flag = value;
	return 0;
}

static int config_bind(struct config *c, char *value)
{
	char *word = value + strcspn(value, " \t");
	u32 key;
	enum action action;

	if (!*word)
		return -EINVAL;
	*word++ = 0;
	word = trim(word);
	key = key_named(value);
	action = action_named(word);
	if (!key || (action == ACT_NONE && strcmp(word, "none")) || c->n == CONFIG_BINDS)
		return -EINVAL;
	c->binds[c->n++] = (struct bind){key, action};
	return 0;
}

static int config_set(struct config *c, const char *name, char *value)
{
	if (!strcmp(name, "theme"))
		return set_flag(&c->light, either(value, "dark", "light"));
	if (!strcmp(name, "ascii"))
		return set_flag(&c->ascii, either(value, "no", "yes"));
	if (!strcmp(name, "mouse"))
		return set_flag(&c->no_mouse, either(value, "yes", "no"));
	if (!strcmp(name, "bind"))
		return config_bind(c, value);
	return -EINVAL;
}

void config_read(struct config *c, FILE *in)
{
	char line[LINE_LENGTH];

	*c = (struct config){0};
	for (int number = 1; fgets(line, sizeof(line), in); number++) {
		char *name = trim(line), *value = strchr(name, '=');
		bool bad = !value;

		if (!*name || *name == '#' || *name == ';')
			continue;
		if (value) {
			*value = 0;
			bad = config_set(c, trim(name), trim(value + 1)) < 0;
		}
		if (bad && !c->problem[0])
			snprintf(c->problem, sizeof(c->problem),
				"Line %d of the configuration makes no sense; see --print-config.",
				number);
	}
}

void config_load(struct config *c)
{
	char path[4096];
	FILE *in;

	*c = (struct config){0};
	in = *config_path(path, sizeof(path)) ? fopen(path, "re") : NULL;
	if (!in)
		return;
	config_read(c, in);
	fclose(in);
}

void config_apply(const struct config *c, struct ui_options *options)
{
	options->light |= c->light;
	options->ascii |= c->ascii;
	options->mouse &= !c->no_mouse;
}

void config_print(const struct config *c, FILE *out)
{
	char path[4096], name[24], word[40];

	fprintf(out, "# %s\n", config_path(path, sizeof(path)));
	fprintf(out, "theme = %s\n", c->light ? "light" : "dark");
	fprintf(out, "ascii = %s\n", c->ascii ? "yes" : "no");
	fprintf(out, "mouse = %s\n", c->no_mouse ? "no" : "yes");
	for (size_t i = 0; i < key_bindings(); i++) {
		struct bind b = {0};

		key_binding(i, &b.key, &b.action);
		if (key_name(b.key, name, sizeof(name)))
			fprintf(out, "# bind = %s %s\n", name,
				action_name(b.action, word, sizeof(word)));
	}
	for (size_t i = 0; i < c->n; i++)
		fprintf(out, "bind = %s %s\n", key_name(c->binds[i].key, name, sizeof(name)),
			action_name(c->binds[i].action, word, sizeof(word)));
}

enum action config_action(const struct config *c, u32 key, u32 when)
{
	bool bound = false;

	for (size_t i = c->n; i > 0; i--) {
		const struct bind *b = &c->binds[i - 1];
		u32 wants = action_info(b->action)->when;

		if (b->key != key)
			continue;
		bound = true;
		if (b->action == ACT_NONE || (wants & when) == wants)
			return b->action;
	}
	return bound ? ACT_NONE : key_action(key, when);
}
