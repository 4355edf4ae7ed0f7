/* SPDX-License-Identifier: MIT */
/*
 * The figure as a document: one page a step (figure_steps), the whole first, all of one size that
 * is 16:9, so that slides may show page after page. Text is selectable; the steps are its outline.
 */
#include "export/cairo_figure.h"

#include "core/fmt.h"
#include "core/lang.h"

#include <cairo-pdf.h>
#include <stdio.h>

#define POINTS .75 /* of a CSS pixel */

/* A figure that is higher than the page is made smaller. */
static void page_draw(cairo_t *cr, const struct figure *fig, bool dark, double height)
{
	double scale = MIN(1, height / fig->height);

	cairo_paper(cr, dark);
	cairo_save(cr);
	cairo_scale(cr, POINTS, POINTS);
	cairo_translate(cr, fig->width * (1 - scale) / 2, (height - fig->height * scale) / 2);
	cairo_scale(cr, scale, scale);
	cairo_figure(cr, fig, dark);
	cairo_restore(cr);
	cairo_show_page(cr);
}

static void page_of_step(cairo_t *cr, cairo_surface_t *surface, const struct export_job *job,
	const struct figure_step *step, int number, double height)
{
	struct export_job part = *job;
	struct figure *fig;
	char dest[32], name[200], words[121];

	if (number > 1) {
		part.from = step->from;
		part.until = step->until;
		part.caption = step->text;
	}
	fig = figure_new(&part);
	page_draw(cr, fig, job->dark, height);
	snprintf(dest, sizeof(dest), "page=%d", number);
	fmt_clean(words, sizeof(words), number > 1 ? step->text : fig->title, SIZE_MAX, false);
	snprintf(name, sizeof(name), "%s%s%s", figure_step_name(step), step->kind[0] ? ": " : "",
		words);
	cairo_pdf_surface_add_outline(surface, CAIRO_PDF_OUTLINE_ROOT, name, dest, 0);
	if (number == 1)
		cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, fig->title);
	figure_free(fig);
}

static int pdf_write(const struct export_job *job)
{
	double height = job->width * 9. / 16;
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
		cairo_to_file, job->out, job->width * POINTS, height * POINTS);
	cairo_t *cr = cairo_create(surface);
	struct figure_steps steps;
	cairo_status_t status;

	figure_steps(job, &steps);
	for (size_t i = 0; i < steps.all.n; i++)
		page_of_step(cr, surface, job, &steps.all.v[i], (int)i + 1, height);
	cairo_surface_finish(surface);
	status = cairo_surface_status(surface);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	figure_steps_free(&steps);
	return cairo_result(job, status);
}

const struct export_ops export_pdf = {
	.name = "pdf",
	.summary =
		N_("the figure as slides: a page a marker, finding or long wait; text stays text"),
	.made_of = EXPORT_FIGURE | EXPORT_MOMENT,
	.write = pdf_write,
};
