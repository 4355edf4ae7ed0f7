/* SPDX-License-Identifier: MIT */
#include "model/stack_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE 1024

static void frame_lines(
	const struct stack_frame *f, void (*fn)(void *ctx, const char *line), void *ctx)
{
	const char *at = f->text;
	char line[LINE];

	if (!f->named) {
		snprintf(line, sizeof(line), "0x%" PRIx64, f->address);
		fn(ctx, line);
		return;
	}
	for (int i = 1; i < f->lines; i++) { /* all but the last are inlined */
		size_t n = strcspn(at, "\n"), name = n;
		const char *file = memrchr(at, '(', n);

		if (file && file > at && file[-1] == ' ')
			name = (size_t)(file - at) - 1;
		snprintf(line, sizeof(line), "%.*s, inlined%.*s", (int)name, at, (int)(n - name),
			at + name);
		fn(ctx, line);
		at += n + 1;
	}
	fn(ctx, at);
}

void stack_lines(
	const struct model *m, u32 frame, void (*fn)(void *ctx, const char *line), void *ctx)
{
	for (const struct stack_frame *f; (f = model_frame(m, frame)); frame = f->caller)
		frame_lines(f, fn, ctx);
}
