/* SPDX-License-Identifier: MIT */
/* What a terminal or a script shows: one session, or a pair. */
#ifndef TL_TUI_SHOWN_H
#define TL_TUI_SHOWN_H

#include "tui/pair.h"

struct shown {
	const struct tui_host
		*host; /* of a pair: of the side that keys go to, as of the last key */
	struct ui *ui;
	struct pair *pair; /* NULL: host alone */
};

void shown_open(struct shown *s, const struct tui_host *host, const struct ui_options *o,
	const struct config *c, bool replay);
void shown_open_pair(struct shown *s, const struct pair_host *host, const struct ui_options *o,
	const struct config *c, bool replay);
void shown_close(struct shown *s);

void shown_lock(struct shown *s); /* before each of these */
void shown_unlock(struct shown *s);
void shown_draw(struct shown *s, struct grid *g, u64 clock_ns);
int shown_key(struct shown *s, const struct ui_input *in);
void shown_tick(struct shown *s, u64 elapsed_ns);
u64 shown_version(const struct shown *s);
bool shown_wants_frames(const struct shown *s);

#endif
