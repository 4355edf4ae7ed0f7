/* SPDX-License-Identifier: MIT */
/*
 * What the user keeps in $XDG_CONFIG_HOME/threadline/config (or ~/.config/...): lines of
 * "name = value"; "#" and ";" begin a comment.
 *
 *	theme = dark | light
 *	ascii = no | yes
 *	mouse = yes | no
 *	bind = KEY ACTION      KEY a character or a name (up, f5, space, ^l); ACTION none: no more
 *
 * The file is never written.
 */
#ifndef TL_TUI_CONFIG_H
#define TL_TUI_CONFIG_H

#include "tui/keys.h"
#include "tui/tui.h"

#define CONFIG_BINDS 128

struct bind {
	u32 key;
	enum action action; /* ACT_NONE: the key does nothing */
};

struct config {
	bool light, ascii, no_mouse;
	struct bind binds[CONFIG_BINDS]; /* a later one of the same key goes before */
	size_t n;
	char problem[160]; /* what the file holds that makes no sense, "" */
};

/* "" where neither XDG_CONFIG_HOME nor HOME is known. Returns buf. */
char *config_path(char *buf, size_t size);

/* Untrusted text. A line that makes no sense is left out; the first is told in problem. */
void config_read(struct config *c, FILE *in);
void config_load(struct config *c); /* of the user; a file that is not there is empty */

/* What is asked for on the command line goes before. */
void config_apply(const struct config *c, struct ui_options *options);

/* A file as config_read takes it: the present settings, and every key with what it does. */
void config_print(const struct config *c, FILE *out);

/* What a key does: the user's binding first. */
enum action config_action(const struct config *c, u32 key, u32 when);

#endif
