/* SPDX-License-Identifier: MIT */
/*
 * The figure as a picture of twice its width in pixels. It is drawn and written band by band, so
 * that a large one takes no more memory than a small one: cairo's own writer wants all of it.
 */
#include "export/cairo_figure.h"

#include "core/lang.h"
#include "core/mem.h"

#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>

#define SCALE      2
#define BAND_BYTES (1 << 20)

struct picture {
	const struct export_job *job;
	const struct figure *fig;
	png_struct *png;
	png_info *info;
	cairo_surface_t *band;
	int width, height, band_height; /* pixels */
	int err;
};

static void picture_write(png_struct *png, png_byte *bytes, size_t n)
{
	struct picture *p = png_get_io_ptr(png);

	if (fwrite(bytes, 1, n, p->job->out) == n)
		return;
	p->err = errno ? -errno : -EIO;
	png_error(png, "");
}

static void picture_flush(png_struct *png)
{
	(void)png;
}

static void picture_silent(png_struct *png, const char *words)
{
	(void)words;
	png_longjmp(png, 1);
}

/* The rows from `top` on, as many as a band has. */
static cairo_status_t band_draw(const struct picture *p, int top)
{
	cairo_t *cr = cairo_create(p->band);
	cairo_status_t status;

	cairo_paper(cr, p->job->dark);
	cairo_translate(cr, 0, -top);
	cairo_scale(cr, SCALE, SCALE);
	cairo_figure(cr, p->fig, p->job->dark);
	status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_flush(p->band);
	return status;
}

static void head_write(const struct picture *p)
{
	png_set_IHDR(p->png, p->info, (png_uint_32)p->width, (png_uint_32)p->height, 8,
		PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		PNG_FILTER_TYPE_DEFAULT);
	png_write_info(p->png, p->info);
	/* a pixel of CAIRO_FORMAT_RGB24 is a number of 32 bits, its high eight unused */
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		png_set_bgr(p->png);
	png_set_filler(p->png, 0,
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? PNG_FILLER_AFTER : PNG_FILLER_BEFORE);
}

/* Comes back here with an error set wherever libpng gives up. */
static void picture_draw(struct picture *p)
{
	if (setjmp(png_jmpbuf(p->png))) {
		p->err = p->err ? p->err : -EIO;
		return;
	}
	png_set_write_fn(p->png, p, picture_write, picture_flush);
	head_write(p);
	for (int top = 0; top < p->height; top += p->band_height) {
		const unsigned char *pixels = cairo_image_surface_get_data(p->band);
		int stride = cairo_image_surface_get_stride(p->band);

		if (band_draw(p, top) != CAIRO_STATUS_SUCCESS)
			png_error(p->png, "");
		for (int y = 0; y < MIN(p->band_height, p->height - top); y++)
			png_write_row(p->png, pixels + (ptrdiff_t)y * stride);
	}
	png_write_end(p->png, p->info);
}

static int png_write(const struct export_job *job)
{
	struct figure *fig = figure_new(job);
	struct picture p = {.job = job,
		.fig = fig,
		.width = (int)(fig->width * SCALE),
		.height = (int)ceil(fig->height * SCALE)};

	p.band_height = MAX(BAND_BYTES / (4 * p.width), 1);
	p.band = cairo_image_surface_create(CAIRO_FORMAT_RGB24, p.width, p.band_height);
	p.png = png_create_write_struct(
		PNG_LIBPNG_VER_STRING, NULL, picture_silent, picture_silent);
	p.info = p.png ? png_create_info_struct(p.png) : NULL;
	if (p.info && cairo_surface_status(p.band) == CAIRO_STATUS_SUCCESS)
		picture_draw(&p);
	else
		p.err = -ENOMEM;
	if (p.png)
		png_destroy_write_struct(&p.png, &p.info);
	cairo_surface_destroy(p.band);
	figure_free(fig);
	return p.err ? p.err : export_result(job);
}

const struct export_ops export_png = {
	.name = "png",
	.summary = N_("the figure as a picture, twice its width in pixels"),
	.made_of = EXPORT_FIGURE | EXPORT_MOMENT,
	.write = png_write,
};
