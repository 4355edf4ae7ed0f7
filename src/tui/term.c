/* SPDX-License-Identifier: MIT */
#include "tui/term.h"

#include "core/log.h"
#include "core/mem.h"
#include "core/unread.h"
#include "tui/rescue.h"
#include "tui/theme.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>

struct term {
	SCREEN *screen;
	FILE *out, *in;
	struct termios saved;
	struct theme theme;
	struct grid *shown; /* what the terminal shows; NULL: not known */
	bool mouse, closed;
};

/* stdin may be the target's; the keys are the terminal's. */
static FILE *term_input(void)
{
	int fd = isatty(STDIN_FILENO) ? dup(STDIN_FILENO) : open("/dev/tty", O_RDWR | O_CLOEXEC);

	return fd < 0 ? NULL : fdopen(fd, "r");
}

static int term_files(struct term *t)
{
	int fd;

	if (!isatty(STDOUT_FILENO))
		return -ENOTTY;
	fd = dup(STDOUT_FILENO);
	t->out = fd < 0 ? NULL : fdopen(fd, "w");
	t->in = t->out ? term_input() : NULL;
	if (!t->in || tcgetattr(fileno(t->in), &t->saved))
		return -ENOTTY;
	return 0;
}

/* newterm() prints its own complaint on stderr; ours comes from the caller. */
static SCREEN *term_screen(struct term *t)
{
	int keep = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	SCREEN *s;

	if (keep >= 0 && null >= 0)
		dup2(null, STDERR_FILENO);
	s = newterm(NULL, t->out, t->in);
	if (keep >= 0)
		dup2(keep, STDERR_FILENO);
	close(keep);
	close(null);
	return s;
}

static bool term_can_address(void)
{
	const char *cup = tigetstr("cup");

	return cup && cup != (char *)-1 && *cup;
}

static void term_modes(struct term *t)
{
	raw();
	noecho();
	nonl();
	set_escdelay(25);
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	meta(stdscr, TRUE);
	/* for terminals that stay in their cursor mode */
	define_key("\033[A", KEY_UP);
	define_key("\033[B", KEY_DOWN);
	define_key("\033[C", KEY_RIGHT);
	define_key("\033[D", KEY_LEFT);
	curs_set(0);
	leaveok(stdscr, TRUE);
	if (t->mouse) {
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED | BUTTON_CTRL |
				  BUTTON_SHIFT,
			NULL);
		mouseinterval(0);
	}
}

static int term_colours(int wanted)
{
	int can;

	if (!has_colors() || start_color() == ERR)
		return 0;
	use_default_colors();
	can = COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
	return MIN(wanted, can);
}

int term_open(struct term **out, struct ui_options *options)
{
	struct term *t = mem_alloc(sizeof(*t));
	int err;

	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		options->ascii = true;
	t->mouse = options->mouse;
	err = term_files(t);
	if (err)
		goto fail;
	err = -ENXIO;
	rescue_begin(fileno(t->out), &t->saved); /* first: curses catches what nobody caught */
	t->screen = term_screen(t);
	if (t->screen)
		set_term(t->screen);
	if (!t->screen || !term_can_address()) {
		rescue_end();
		goto fail;
	}
	options->colours = term_colours(options->colours);
	t->theme = (struct theme){.colours = options->colours, .light = options->light};
	term_modes(t);
	log_direct(false);
	*out = t;
	return 0;
fail:
	if (t->screen) {
		endwin();
		delscreen(t->screen);
	}
	if (t->out)
		fclose(t->out);
	if (t->in)
		fclose(t->in);
	free(t);
	return err;
}

/*
 * A terminal that keeps the cursor's being seen with its place forgets, as it leaves the screen,
 * that it was to be seen: it is told once more.
 */
static void term_leave(struct term *t)
{
	const char *seen = tigetstr("cnorm");

	endwin();
	if (seen && seen != (char *)-1) {
		putp(seen);
		fflush(t->out);
	}
	if (unread_gave_up_screen())
		rescue_unread();
	tcsetattr(fileno(t->in), TCSANOW, &t->saved);
}

void term_close(struct term *t)
{
	term_leave(t);
	rescue_end();
	delscreen(t->screen);
	grid_free(t->shown);
	fclose(t->out);
	fclose(t->in);
	free(t);
	log_direct(true);
	log_flush();
}

void term_size(struct term *t, int *width, int *height)
{
	(void)t;
	getmaxyx(stdscr, *height, *width);
}

static attr_t cell_attrs(u8 attr)
{
	return (attr & ATTR_BOLD ? A_BOLD : 0) | (attr & ATTR_REVERSE ? A_REVERSE : 0) |
	       (attr & ATTR_UNDERLINE ? A_UNDERLINE : 0) | (attr & ATTR_DIM ? A_DIM : 0);
}

static void term_put(struct term *t, int x, int y, const struct cell *c)
{
	struct paint p = theme_paint(&t->theme, c);
	wchar_t text[2] = {(wchar_t)c->ch, 0};
	int pair = 0;
	cchar_t cc;

	if (t->theme.colours)
		pair = MAX(alloc_pair(p.fg, p.bg), 0);
	if (setcchar(&cc, text, cell_attrs(p.attr), 0, &pair) == OK)
		mvadd_wch(y, x, &cc);
}

static bool cell_same(const struct cell *a, const struct cell *b)
{
	return a->ch == b->ch && a->fg == b->fg && a->bg == b->bg && a->attr == b->attr;
}

void term_blit(struct term *t, const struct grid *g, bool whole)
{
	size_t n = (size_t)g->width * (size_t)g->height;

	if (!t->shown || t->shown->width != g->width || t->shown->height != g->height)
		whole = true;
	if (whole) {
		grid_free(t->shown);
		t->shown = grid_new(g->width, g->height, g->ascii);
		clear();
	}
	for (size_t i = 0; i < n; i++) {
		if (!g->cells[i].ch || (!whole && cell_same(&g->cells[i], &t->shown->cells[i])))
			continue;
		term_put(t, (int)i % g->width, (int)i / g->width, &g->cells[i]);
	}
	memcpy(t->shown->cells, g->cells, n * sizeof(g->cells[0]));
	refresh();
}

static const struct {
	int from;
	u32 to;
} keys[] = {
	{KEY_UP, KEY_UP_},
	{KEY_DOWN, KEY_DOWN_},
	{KEY_LEFT, KEY_LEFT_},
	{KEY_RIGHT, KEY_RIGHT_},
	{KEY_SLEFT, KEY_S_LEFT_},
	{KEY_SRIGHT, KEY_S_RIGHT_},
	{KEY_PPAGE, KEY_PGUP_},
	{KEY_NPAGE, KEY_PGDN_},
	{KEY_HOME, KEY_HOME_},
	{KEY_END, KEY_END_},
	{KEY_BTAB, KEY_BTAB_},
	{KEY_ENTER, KEY_ENTER_},
	{KEY_BACKSPACE, KEY_BACKSPACE_},
	{KEY_RESIZE, KEY_RESIZE_},
	{KEY_F(1), KEY_F1_},
	{KEY_F(2), KEY_F2_},
	{KEY_F(3), KEY_F3_},
	{KEY_F(4), KEY_F4_},
	{KEY_F(5), KEY_F5_},
	{KEY_F(6), KEY_F6_},
	{KEY_F(7), KEY_F7_},
	{KEY_F(8), KEY_F8_},
	{KEY_F(9), KEY_F9_},
	{KEY_F(10), KEY_F10_},
};

static u32 key_mouse(struct ui_input *in)
{
	MEVENT e;
	bool zoom;

	if (getmouse(&e) != OK)
		return KEY_NONE_;
	in->x = e.x;
	in->y = e.y;
	zoom = e.bstate & (BUTTON_CTRL | BUTTON_SHIFT);
	if (e.bstate & BUTTON4_PRESSED)
		return zoom ? KEY_C_WHEEL_UP_ : KEY_WHEEL_UP_;
	if (e.bstate & BUTTON5_PRESSED)
		return zoom ? KEY_C_WHEEL_DOWN_ : KEY_WHEEL_DOWN_;
	return e.bstate & BUTTON1_PRESSED ? KEY_CLICK_ : KEY_NONE_;
}

static u32 key_special(wint_t code, struct ui_input *in)
{
	if (code == KEY_MOUSE)
		return key_mouse(in);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if ((wint_t)keys[i].from == code)
			return keys[i].to;
	return KEY_NONE_;
}

static u32 key_plain(wint_t code)
{
	switch (code) {
	case '\t': return KEY_TAB_;
	case '\r':
	case '\n': return KEY_ENTER_;
	case 0x7f:
	case '\b': return KEY_BACKSPACE_;
	default: return (u32)code;
	}
}

/* Nothing came though it was readable: the other end has gone. */
static bool term_gone(struct term *t)
{
	struct pollfd p = {.fd = fileno(t->in), .events = POLLIN};
	int waiting = 0;

	if (poll(&p, 1, 0) <= 0)
		return false;
	if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	return ioctl(p.fd, FIONREAD, &waiting) || waiting == 0;
}

bool term_key(struct term *t, struct ui_input *in)
{
	wint_t code;

	*in = (struct ui_input){0};
	for (;;) {
		int got = get_wch(&code);

		if (got == ERR) {
			if (t->closed || !term_gone(t))
				return false;
			t->closed = true;
			in->key = KEY_CLOSED_;
			return true;
		}
		in->key = got == KEY_CODE_YES ? key_special(code, in) : key_plain(code);
		if (in->key != KEY_NONE_)
			return true;
	}
}

int term_fd(const struct term *t)
{
	return fileno(t->in);
}

void term_suspend(struct term *t)
{
	term_leave(t);
	rescue_stop_now();
	tcgetattr(fileno(t->in), &t->saved);
	term_modes(t);
	refresh();
	grid_free(t->shown);
	t->shown = NULL;
}

int term_leaving(void)
{
	return rescue_asked();
}

bool term_stopping(void)
{
	return rescue_stop();
}
