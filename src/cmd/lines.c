/* SPDX-License-Identifier: MIT */
#include "cmd/lines.h"

#include "core/types.h"
#include "tui/grid.h"

#include <stdio.h>
#include <string.h>

void print_wrapped(const char *text, int indent)
{
	bool first = true;

	do {
		size_t n = grid_wrap(text, 80 - indent);

		printf("%*s%.*s\n", first ? 0 : indent, "", (int)n, text);
		first = false;
		text += n + strspn(text + n, " ");
	} while (*text);
}

void print_padded(const char *text, int width)
{
	printf("%s%*s", text, MAX(width - grid_text_width(text), 0), "");
}
