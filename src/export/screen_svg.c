/* SPDX-License-Identifier: MIT */
/* The screen at one moment. */
#include "export/cells.h"

#include "core/lang.h"

#include <errno.h>

static int screen_svg_write(const struct export_job *job)
{
	struct picture *p = cells_picture(job, 0);
	struct theme t = cells_theme(job);
	const struct grid *g;
	char desc[1024];

	if (!p)
		return -EINVAL;
	g = picture_draw(p, job->at);
	cells_describe(job, desc, sizeof(desc));
	cells_svg_open(job->out, job, desc, NULL);
	for (int y = 0; y < g->height; y++) {
		cells_svg_ground(job->out, g, y, y * CELL_H, &t);
		cells_svg_ink(job->out, g, y, y * CELL_H, &t);
		fputc('\n', job->out);
	}
	fputs("</svg>\n", job->out);
	picture_free(p);
	return export_result(job);
}

const struct export_ops export_screen_svg = {
	.name = "screen-svg",
	.summary = N_("the screen at one moment (--at) as SVG; its text stays text"),
	.made_of = EXPORT_SCREEN | EXPORT_MOMENT,
	.write = screen_svg_write,
};
