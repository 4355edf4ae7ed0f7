/* SPDX-License-Identifier: MIT */
#include "export/text_table.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "tui/grid.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void text_table_open(struct text_table *t, const char *const *titles)
{
	*t = (struct text_table){0};
	for (; *titles; titles++)
		text_column(t, *titles);
}

void text_column(struct text_table *t, const char *title)
{
	bool extra, right;

	title = trc_table("column", title); /* a translation begins with the same signs */
	extra = *title == '-';
	right = title[extra] == '>';
	t->extra |= (u32)extra << t->columns;
	t->right |= (u32)right << t->columns;
	t->columns++;
	vec_push(&t->cells, mem_strdup(title + extra + right));
}

/* Cuts so that no more than TEXT_CELL_MAX columns are left. */
static void cell_cut(char *text)
{
	size_t len = strlen(text), at = 0;

	if (grid_text_width(text) <= TEXT_CELL_MAX || len < 4)
		return;
	for (size_t next = 0; next < len - 3; at = next) {
		char end;
		int width;
		u32 cp;

		next += fmt_utf8_decode(text + next, len - next, &cp);
		end = text[next];
		text[next] = '\0';
		width = grid_text_width(text);
		text[next] = end;
		if (width > TEXT_CELL_MAX - 1)
			break;
	}
	strcpy(text + at, "\u2026");
}

void text_cell(struct text_table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	fmt = tr(fmt);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text) - 4, fmt, ap);
	va_end(ap);
	cell_cut(text);
	vec_push(&t->cells, mem_strdup(text));
}

static void pad(FILE *out, int n)
{
	fprintf(out, "%*s", MAX(n, 0), "");
}

static void row_print(const struct text_table *t, size_t row, const int *widths, FILE *out)
{
	size_t end = t->columns;

	while (end && widths[end - 1] < 0)
		end--;
	for (size_t c = 0; c < end; c++) {
		const char *text = t->cells.v[row * t->columns + c];
		int room = widths[c] - grid_text_width(text);
		bool last = c + 1 == end;

		if (widths[c] < 0)
			continue;
		if (t->right >> c & 1)
			pad(out, room);
		fputs(text, out);
		if (!(t->right >> c & 1) && !last)
			pad(out, room);
		fputs(last ? "\n" : "  ", out);
	}
}

/* Columns that go get the width -1. */
static void columns_fit(const struct text_table *t, int *widths, int room)
{
	int sum = -2;

	for (size_t c = 0; c < t->columns; c++)
		sum += widths[c] + 2;
	for (size_t c = t->columns; c-- > 0 && sum > room;) {
		if (!(t->extra >> c & 1))
			continue;
		sum -= widths[c] + 2;
		widths[c] = -1;
	}
}

int text_terminal_width(FILE *out)
{
	struct winsize w;
	int fd = fileno(out);

	return fd >= 0 && isatty(fd) && !ioctl(fd, TIOCGWINSZ, &w) ? w.ws_col : 0;
}

void text_table_close(struct text_table *t, FILE *out, int indent, int width)
{
	size_t rows = t->cells.n / t->columns;
	int *widths = mem_array(t->columns, sizeof(*widths));

	for (size_t i = 0; i < rows * t->columns; i++)
		widths[i % t->columns] =
			MAX(widths[i % t->columns], grid_text_width(t->cells.v[i]));
	if (width)
		columns_fit(t, widths, width - indent);
	for (size_t row = 0; row < rows && rows > 1; row++) {
		pad(out, indent);
		row_print(t, row, widths, out);
	}
	for (size_t i = 0; i < t->cells.n; i++)
		free(t->cells.v[i]);
	vec_free(&t->cells);
	free(widths);
}

/* Chinese has no blanks to break at. */
static void text_wrap_wide(FILE *out, const char *text, int indent, int width)
{
	do {
		size_t n = grid_wrap(text, MAX(width - indent, 2));

		pad(out, indent);
		fprintf(out, "%.*s\n", (int)n, text);
		text += n + strspn(text + n, " ");
	} while (*text);
}

void text_wrap(FILE *out, const char *text, int indent, int width)
{
	char *copy = mem_strdup(text), *rest = NULL;
	int at = 0;

	if (lang_now() == LANG_ZH) {
		free(copy);
		text_wrap_wide(out, text, indent, width);
		return;
	}
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		int columns = grid_text_width(word);

		if (at && at + 1 + columns > width - indent) {
			fputc('\n', out);
			at = 0;
		}
		if (at)
			fputc(' ', out);
		else
			pad(out, indent);
		fputs(word, out);
		at += columns + (at > 0);
	}
	fputc('\n', out);
	free(copy);
}
