/* SPDX-License-Identifier: MIT */
#include "export/stack_words.h"

#include <inttypes.h>
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

static void line_json(void *ctx, const char *line)
{
	json_str(ctx, NULL, line);
}

void stack_json(struct json *j, const struct model *m, u32 thread)
{
	enum stack_end end;
	u32 frame;

	if (!model_stack(m, thread, &frame, &end)) {
		json_null(j, "stack");
		json_null(j, "stack_end");
		return;
	}
	json_array(j, "stack");
	stack_lines(m, frame, line_json, j);
	json_array_end(j);
	json_str(j, "stack_end", end ? stack_end_why(end) : NULL);
}
