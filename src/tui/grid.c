/* SPDX-License-Identifier: MIT */
#include "tui/grid.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "core/mem.h"
#include "tui/width.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS 0x2026

/* What stands for a character where only ASCII may be drawn. */
static const struct {
	u32 from;
	char to;
} ascii_table[] = {
	{0xb7, '.'},   /* · */
	{0xd7, 'x'},   /* × */
	{0x2013, '-'}, /* – */
	{0x2014, '-'}, /* — */
	{0x2016, '"'}, /* ‖ */
	{0x2022, '*'}, /* • */
	{0x2026, '~'}, /* … */
	{0x2190, '<'}, /* ← */
	{0x2191, '^'}, /* ↑ */
	{0x2192, '>'}, /* → */
	{0x2193, 'v'}, /* ↓ */
	{0x21b3, '`'}, /* ↳ */
	{0x2212, '-'}, /* − */
	{0x2261, '@'}, /* ≡ */
	{0x22a5, '^'}, /* ⊥ */
	{0x22ef, '&'}, /* ⋯ */
	{0x2500, '-'}, /* ─ */
	{0x2501, '='}, /* ━ */
	{0x2502, '|'}, /* │ */
	{0x2504, '-'}, /* ┄: a CPU that runs others is not an idle one */
	{0x2508, '.'}, /* ┈ */
	{0x250a, ':'}, /* ┊ */
	{0x250c, '+'}, /* ┌ */
	{0x2510, '+'}, /* ┐ */
	{0x2514, '`'}, /* └ */
	{0x2518, '+'}, /* ┘ */
	{0x251c, '|'}, /* ├ */
	{0x252c, '+'}, /* ┬ */
	{0x2534, '+'}, /* ┴ */
	{0x254c, ','}, /* ╌ */
	{0x254d, ';'}, /* ╍ */
	{0x256b, '|'}, /* ╫ */
	{0x2571, '/'}, /* ╱ */
	{0x2573, '?'}, /* ╳ */
	{0x2574, '-'}, /* ╴ */
	{0x257c, '-'}, /* ╼ */
	{0x2581, '_'}, /* ▁ */
	{0x2582, '_'}, /* ▂ */
	{0x2583, '-'}, /* ▃ */
	{0x2584, '-'}, /* ▄ */
	{0x2585, '='}, /* ▅ */
	{0x2586, '='}, /* ▆ */
	{0x2587, '#'}, /* ▇ */
	{0x2588, '#'}, /* █ */
	{0x2589, '#'}, /* ▉ */
	{0x258a, '#'}, /* ▊ */
	{0x258b, '#'}, /* ▋ */
	{0x258c, '#'}, /* ▌ */
	{0x258d, '+'}, /* ▍ */
	{0x258e, '+'}, /* ▎ */
	{0x258f, '+'}, /* ▏ */
	{0x2591, ':'}, /* ░ */
	{0x2592, '='}, /* ▒ */
	{0x2593, '%'}, /* ▓ */
	{0x2594, '^'}, /* ▔ */
	{0x25a0, '#'}, /* ■ */
	{0x25b2, '^'}, /* ▲ */
	{0x25b6, '>'}, /* ▶ */
	{0x25b8, '>'}, /* ▸ */
	{0x25bc, 'v'}, /* ▼ */
	{0x25bd, ';'}, /* ▽ */
	{0x25be, 'v'}, /* ▾ */
	{0x25c6, '*'}, /* ◆ */
	{0x25c7, '<'}, /* ◇ */
	{0x25cc, '$'}, /* ◌ */
	{0x25cf, '*'}, /* ● */
	{0x25e6, 'o'}, /* ◦ */
	{0x2716, '!'}, /* ✖ */
};

/*
 * ch as it is drawn. Chinese cannot be written in ASCII: there only what draws is replaced, and
 * letters stay as they are.
 */
static u32 grid_ascii(u32 ch)
{
	size_t lo = 0, hi = ARRAY_LEN(ascii_table);

	if (ch < 0x80)
		return ch;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (ascii_table[mid].from == ch)
			return (u32)ascii_table[mid].to;
		if (ascii_table[mid].from < ch)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lang_now() == LANG_EN ? '?' : ch;
}

struct grid *grid_new(int width, int height, bool ascii)
{
	struct grid *g = mem_alloc(sizeof(*g));

	g->width = MAX(width, 0);
	g->height = MAX(height, 0);
	g->ascii = ascii;
	g->cells = mem_array((size_t)g->width * (size_t)g->height + 1, sizeof(g->cells[0]));
	grid_clear(g);
	return g;
}

void grid_free(struct grid *g)
{
	if (!g)
		return;
	free(g->cells);
	free(g);
}

void grid_clear(struct grid *g)
{
	for (int i = 0; i < g->width * g->height; i++)
		g->cells[i] = (struct cell){.ch = ' ', .width = 1};
}

struct cell *grid_cell(struct grid *g, int x, int y)
{
	if (x < 0 || y < 0 || x >= g->width || y >= g->height)
		return NULL;
	return &g->cells[y * g->width + x];
}

/* The cell at (x, y) is about to be written: what is left of a wide character becomes blank. */
static void grid_split(struct grid *g, int x, int y)
{
	struct cell *c = grid_cell(g, x, y);
	struct cell *other;

	if (!c)
		return;
	other = c->width == 2 ? grid_cell(g, x + 1, y) : !c->ch ? grid_cell(g, x - 1, y) : NULL;
	if (!other)
		return;
	other->ch = c->ch = ' ';
	other->width = c->width = 1;
}

static void grid_set(struct grid *g, int x, int y, u32 ch, int width, struct style style)
{
	struct cell *c = grid_cell(g, x, y);

	grid_split(g, x, y);
	*c = (struct cell){
		.ch = ch, .fg = style.fg, .bg = style.bg, .attr = style.attr, .width = (u8)width};
}

void grid_put(struct grid *g, int x, int y, u32 ch, struct style style)
{
	int width;

	if (!grid_cell(g, x, y))
		return;
	if (ch < 0x20 || (ch >= 0x7f && ch < 0xa0))
		ch = '?';
	if (g->ascii)
		ch = grid_ascii(ch);
	width = char_width(ch);
	if (width == 0)
		return;
	if (width == 2 && !grid_cell(g, x + 1, y)) {
		ch = ' ';
		width = 1;
	}
	grid_set(g, x, y, ch, width, style);
	if (width == 2) {
		grid_split(g, x + 1, y);
		*grid_cell(g, x + 1, y) = (struct cell){
			.fg = style.fg, .bg = style.bg, .attr = style.attr, .width = 1};
	}
}

/* The next character of text that takes room; 0 at the end. Its width as it will be drawn. */
static u32 text_next(const char **text, size_t *left, bool ascii, int *width)
{
	while (*left) {
		u32 cp;
		size_t n = fmt_utf8_decode(*text, *left, &cp);

		*text += n;
		*left -= n;
		*width = char_width(cp);
		if (*width == 0)
			continue;
		if (ascii)
			*width = char_width(grid_ascii(cp));
		return cp;
	}
	return 0;
}

static int text_width(const char *text, bool ascii)
{
	size_t left = strlen(text);
	int sum = 0, width;

	while (text_next(&text, &left, ascii, &width))
		sum += width;
	return sum;
}

int grid_text_width(const char *text)
{
	return text_width(text, false);
}

/* No line begins with what closes, and none ends with what opens. Sorted. */
static const u32 closing[] = {'!', ')', ',', '.', ':', ';', '?', ']', '}', 0x2019, 0x201d, 0x2026,
	0x3001, 0x3002, 0x300b, 0x300d, 0x300f, 0x3011, 0xff01, 0xff09, 0xff0c, 0xff1a, 0xff1b,
	0xff1f};
static const u32 opening[] = {
	'(', '[', '{', 0x2018, 0x201c, 0x300a, 0x300c, 0x300e, 0x3010, 0xff08};

static bool is_one_of(u32 cp, const u32 *set, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (set[i] == cp)
			return true;
	return false;
}

bool grid_may_break(u32 before, u32 after)
{
	return (char_width(before) == 2 || char_width(after) == 2) && before != ' ' &&
	       !is_one_of(before, opening, ARRAY_LEN(opening)) &&
	       !is_one_of(after, closing, ARRAY_LEN(closing));
}

/* "ms" of "12 ms": a number and its unit stay on one line. */
static bool is_unit(const char *text)
{
	static const char *const units[] = {
		"s", "ms", "us", "ns", "h", "min", "%", "B", "KiB", "MiB", "GiB"};
	size_t n = strcspn(text, " ,.;:)");

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t len = strlen(units[i]);

		if ((n == len || (n > len && (u8)text[len] >= 0x80)) &&
			!strncmp(text, units[i], len))
			return true;
	}
	return false;
}

static bool is_digit(u32 cp)
{
	return cp >= '0' && cp <= '9';
}

size_t grid_wrap(const char *text, int width)
{
	size_t len = strlen(text), n = 0, at = 0;
	u32 cp, before = ' ';
	int used = 0;

	while (n < len) {
		size_t bytes = fmt_utf8_decode(text + n, len - n, &cp);

		if (grid_may_break(before, cp))
			at = n;
		used += char_width(cp);
		if (used > width)
			return at ? at : MAX(n, bytes);
		if (cp == ' ' && !(is_digit(before) && is_unit(text + n + 1)))
			at = n;
		before = cp;
		n += bytes;
	}
	return len;
}

/*
 * An address is told from its neighbours by its end: of one in a text that is too wide by so many
 * columns, the first digits go. Four stay.
 */
static void address_shorten(char *text, int excess)
{
	char *at = strstr(text, "0x");
	size_t digits = at ? strspn(at + 2, "0123456789abcdef") : 0;
	size_t away = MAX((size_t)excess + 1, 3); /* as the ellipsis has bytes */

	if (digits < 4 + 3)
		return;
	away = MIN(away, digits - 4);
	memmove(at + 2 + 3, at + 2 + away, strlen(at + 2 + away) + 1);
	memcpy(at + 2, "…", 3);
}

int grid_text(struct grid *g, int x, int y, int width, const char *text, struct style style)
{
	char clean[1024];
	const char *p = clean;
	size_t left;
	int room, w;
	bool cut;
	u32 cp;

	if (width <= 0)
		return x;
	fmt_clean(clean, sizeof(clean), text, strnlen(text, sizeof(clean) - 1), false);
	if (text_width(clean, g->ascii) > width)
		address_shorten(clean, text_width(clean, g->ascii) - width);
	left = strlen(clean);
	cut = text_width(clean, g->ascii) > width;
	room = cut ? width - 1 : width;
	while ((cp = text_next(&p, &left, g->ascii, &w)) && w <= room) {
		grid_put(g, x, y, cp, style);
		x += w;
		room -= w;
	}
	if (cut)
		grid_put(g, x++, y, ELLIPSIS, style);
	return x;
}

int grid_printf(struct grid *g, int x, int y, int width, struct style style, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	fmt = tr(fmt);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return grid_text(g, x, y, width, text, style);
}

void grid_fill(struct grid *g, int x, int y, int width, int height, u32 ch, struct style style)
{
	for (int row = y; row < y + height; row++)
		for (int col = x; col < x + width; col++)
			grid_put(g, col, row, ch, style);
}

/* '.' the default, a.. the colours of text in their order, A.. where it is the background */
static char cell_letter(const struct cell *c)
{
	if (c->bg != COLOUR_DEFAULT)
		return (char)('A' + c->bg - 1);
	if (c->fg != COLOUR_DEFAULT && (c->ch != ' ' || c->attr & ATTR_REVERSE))
		return (char)('a' + c->fg - 1);
	return c->ch == ' ' ? ' ' : '.';
}

static void grid_dump_row(const struct grid *g, int y, FILE *out, bool colours)
{
	const struct cell *row = &g->cells[y * g->width];
	int end = g->width;

	while (end > 0 && (colours ? cell_letter(&row[end - 1]) == ' ' : row[end - 1].ch == ' '))
		end--;
	for (int x = 0; x < end; x++) {
		char utf8[4];

		if (colours)
			fputc(cell_letter(&row[x]), out);
		else if (row[x].ch)
			fwrite(utf8, 1, fmt_utf8_encode(utf8, row[x].ch), out);
	}
	fputc('\n', out);
}

void grid_dump(const struct grid *g, FILE *out, bool colours)
{
	for (int y = 0; y < g->height; y++)
		grid_dump_row(g, y, out, false);
	for (int y = 0; colours && y < g->height; y++)
		grid_dump_row(g, y, out, true);
}
