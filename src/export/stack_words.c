/* SPDX-License-Identifier: MIT */
#include "export/stack_words.h"

static void line_json(void *ctx, const char *line)
{
	json_str(ctx, NULL, line);
}

void stack_json_of(struct json *j, const struct model *m, u32 frame, enum stack_end end)
{
	json_array(j, "stack");
	stack_lines(m, frame, line_json, j);
	json_array_end(j);
	json_str(j, "stack_end", end ? stack_end_why(end) : NULL);
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
	stack_json_of(j, m, frame, end);
}
