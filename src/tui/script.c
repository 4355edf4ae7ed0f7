/* SPDX-License-Identifier: MIT */
#include "tui/script.h"

#include "core/fmt.h"
#include "tui/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MAX 2000

struct script {
	struct shown *shown;
	bool ascii;
	int width, height;
};

/* A key has an effect on what was drawn last, so each is followed by a frame. */
static struct grid *script_frame(struct script *s)
{
	struct grid *g = grid_new(s->width, s->height, s->ascii);

	shown_lock(s->shown);
	shown_draw(s->shown, g, 0);
	shown_unlock(s->shown);
	return g;
}

static void script_press(struct script *s, u32 key)
{
	struct ui_input in = {.key = key};

	grid_free(script_frame(s));
	shown_lock(s->shown);
	shown_key(s->shown, &in);
	shown_unlock(s->shown);
}

static void script_type(struct script *s, const char *word)
{
	while (*word) {
		u32 key;

		word += fmt_utf8_decode(word, strlen(word), &key);
		script_press(s, key);
	}
}

static void script_keys(struct script *s, char *words)
{
	char *rest = words;

	for (char *word; (word = strsep(&rest, " \t"));) {
		u32 key = 0;

		if (*word)
			key = key_named(word);
		if (key)
			script_press(s, key);
		else
			script_type(s, word);
	}
}

static int script_size(struct script *s, const char *text)
{
	int width, height, used = 0;

	if (sscanf(text, "%dx%d%n", &width, &height, &used) != 2 || text[used] || width < 1 ||
		height < 1 || width > SIDE_MAX || height > SIDE_MAX)
		return -EINVAL;
	s->width = width;
	s->height = height;
	return 0;
}

static int script_save(struct script *s, const char *path, bool colours)
{
	struct grid *g = script_frame(s);
	FILE *out = strcmp(path, "-") ? fopen(path, "w") : stdout;
	int err = 0;

	if (!out) {
		err = -errno;
	} else {
		grid_dump(g, out, colours);
		if (fflush(out) || ferror(out))
			err = errno ? -errno : -EIO;
		if (out != stdout)
			fclose(out);
	}
	grid_free(g);
	return err;
}

static int script_line(struct script *s, char *line)
{
	char *word = line + strspn(line, " \t"), *rest;

	rest = word + strcspn(word, " \t");
	if (*rest)
		*rest++ = 0;
	rest += strspn(rest, " \t");
	if (!*word || *word == '#')
		return 0;
	if (!strcmp(word, "size"))
		return script_size(s, rest);
	if (!strcmp(word, "keys")) {
		script_keys(s, rest);
		return 0;
	}
	if (!strcmp(word, "save") && *rest)
		return script_save(s, rest, false);
	if (!strcmp(word, "colours") && *rest)
		return script_save(s, rest, true);
	return -EINVAL;
}

int script_run(
	FILE *in, struct shown *shown, const struct ui_options *options, char *error, size_t size)
{
	struct script s = {.shown = shown, .ascii = options->ascii, .width = 80, .height = 24};
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	for (int number = 1; !err && getline(&line, &room, in) > 0; number++) {
		line[strcspn(line, "\n")] = 0;
		err = script_line(&s, line);
		if (err)
			snprintf(error, size, "line %d: %s", number,
				err == -EINVAL ? "size WxH, keys KEY..., save FILE or colours FILE"
					       : strerror(-err));
	}
	free(line);
	return err;
}
