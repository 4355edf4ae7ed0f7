/* SPDX-License-Identifier: MIT */
/* The figure as a picture of twice its width in pixels. */
#include "export/cairo_figure.h"

#include "core/lang.h"

#include <errno.h>
#include <math.h>

#define SCALE 2

static int png_write(const struct export_job *job)
{
	struct figure *fig = figure_new(job);
	cairo_surface_t *surface = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, (int)(fig->width * SCALE), (int)ceil(fig->height * SCALE));
	cairo_t *cr = cairo_create(surface);
	cairo_status_t status;

	cairo_paper(cr, job->dark);
	cairo_scale(cr, SCALE, SCALE);
	cairo_figure(cr, fig, job->dark);
	status = cairo_status(cr);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_write_to_png_stream(surface, cairo_to_file, job->out);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	figure_free(fig);
	return cairo_result(job, status);
}

const struct export_ops export_png = {
	.name = "png",
	.summary = N_("the figure as a picture, twice its width in pixels"),
	.write = png_write,
};
