/* SPDX-License-Identifier: MIT */
/* The title card on a terminal, before anything was started. */
#include "tui/card.h"
#include "tui/term.h"

#include <poll.h>
#include <signal.h>

#define TURN_MS 33
#define CTRL(c) ((c)&0x1f)

struct showing {
	const struct lesson_words *words;
	struct term *term;
	struct grid *grid;
	bool whole, leave, begin;
};

static void showing_key(struct showing *s, u32 key)
{
	switch (key) {
	case KEY_RESIZE_:
	case CTRL('l'): s->whole = true; break;
	case CTRL('z'):
		term_suspend(s->term);
		s->whole = true;
		break;
	case 'q':
	case 'Q':
	case CTRL('c'):
	case CTRL('\\'):
	case KEY_F10_:
	case KEY_CLOSED_: s->leave = true; break;
	default: s->begin = true;
	}
}

static void showing_draw(struct showing *s)
{
	int width, height;

	term_size(s->term, &width, &height);
	if (s->grid->width != width || s->grid->height != height) {
		bool ascii = s->grid->ascii;

		grid_free(s->grid);
		s->grid = grid_new(width, height, ascii);
		s->whole = true;
	}
	if (!s->whole)
		return;
	card_title_draw(s->grid, s->words);
	term_blit(s->term, s->grid, true);
	s->whole = false;
}

static void showing_turn(struct showing *s)
{
	struct pollfd p = {.fd = term_fd(s->term), .events = POLLIN};
	struct ui_input in;

	showing_draw(s);
	poll(&p, 1, TURN_MS);
	if (term_stopping())
		showing_key(s, CTRL('z'));
	while (!s->leave && !s->begin && term_key(s->term, &in))
		showing_key(s, in.key);
}

int card_title_run(const struct lesson_words *words, const struct ui_options *options)
{
	struct ui_options can = *options;
	struct showing s = {.words = words, .whole = true};
	int width, height, asked;
	int err = term_open(&s.term, &can);

	if (err)
		return err;
	term_size(s.term, &width, &height);
	s.grid = grid_new(width, height, can.ascii);
	while (!s.leave && !s.begin && !term_leaving())
		showing_turn(&s);
	grid_free(s.grid);
	asked = term_leaving();
	term_close(s.term);
	if (asked)
		raise(asked); /* nobody else handles it: what it does by default happens now */
	return s.begin && !s.leave;
}
