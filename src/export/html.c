/* SPDX-License-Identifier: MIT */
/*
 * The figure as a page to pan, zoom and step through: one file that asks for nothing. Its policy
 * lets only its own script run, known by its digest; words of the recording come in a block of
 * data that is never markup. Without scripts, and on paper, it is the figure itself.
 */
#include "export/html_data.h"
#include "core/lang.h"
#include "export/html_page.h"
#include "export/svg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned hex_value(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

/* 'sha256-...' wants base64 of the digest. */
static void digest_write(FILE *out, const char *hex)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i += 3) {
		unsigned three = 0;

		for (size_t k = i; k < i + 3; k++)
			three = three << 8 |
				(k < n ? hex_value(hex[2 * k]) << 4 | hex_value(hex[2 * k + 1])
				       : 0);
		for (size_t k = 0; k < 4; k++)
			fputc(i + k > n ? '=' : letters[three >> (18 - 6 * k) & 63], out);
	}
}

static void policy(FILE *out)
{
	fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "base-uri 'none'; form-action 'none'; script-src 'sha256-",
		out);
	digest_write(out, html_page_js.sha256);
	fputs("'; style-src 'sha256-", out);
	digest_write(out, html_page_css.sha256);
	fputs("'\">\n", out);
}

static void body(FILE *out)
{
	static const char *const buttons[][3] = {{"back", "◀", N_("the step before")},
		{"next", "▶", N_("the next step")}, {"in", "+", N_("zoom in")},
		{"out", "−", N_("zoom out")}, {"all", "⤢", N_("all of it")},
		{"tone", "◐", N_("light or dark")}, {"ask", "?", N_("keys")}};
	static const char *const keys[][2] = {{N_("space, →, Page Down"), N_("the next step")},
		{N_("←, Page Up"), N_("the step before")},
		{N_("Home, End"), N_("the first, the last step")}, {N_("+ − or wheel"), N_("zoom")},
		{N_("Shift ← → or drag"), N_("pan")}, {"0", N_("all of it")},
		{"t", N_("light or dark")}, {"f", N_("full screen")}, {"?", N_("these lines")}};

	fputs("<div id=\"page\">\n<header><h1 id=\"title\"></h1><span id=\"sight\"></span>"
	      "<nav>",
		out);
	for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++) {
		fprintf(out, "<button id=\"%s\" title=\"%s\">%s</button>", buttons[i][0],
			tr(buttons[i][2]), buttons[i][1]);
		if (i == 0)
			fputs("<span id=\"where\"></span>", out);
	}
	fputs("</nav></header>\n<div id=\"figure\" tabindex=\"0\"></div>\n<aside>"
	      "<ol id=\"steps\"></ol><p id=\"facts\"></p>"
	      "<p id=\"said\" role=\"status\" aria-live=\"polite\"></p></aside>\n</div>\n"
	      "<div id=\"help\"><table>",
		out);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		fprintf(out, "<tr><td>%s</td><td>%s</td></tr>", tr(keys[i][0]), tr(keys[i][1]));
	fputs("</table></div>\n", out);
}

/* No '<' of a name may end the block. */
static ssize_t data_write(void *out, const char *json, size_t n)
{
	for (size_t i = 0; i < n; i++)
		switch (json[i]) {
		case '<': fputs("\\u003c", out); break;
		case '>': fputs("\\u003e", out); break;
		case '&': fputs("\\u0026", out); break;
		default: putc(json[i], out);
		}
	return (ssize_t)n;
}

/* Written as it is made: a long recording's takes megabytes. */
static int data_block(const struct export_job *job, const struct figure *fig)
{
	FILE *data = fopencookie(job->out, "w", (cookie_io_functions_t){.write = data_write});

	if (!data)
		return -errno;
	fputs("<script type=\"application/json\" id=\"data\">", job->out);
	html_data(job, fig, data);
	fclose(data);
	fputs("</script>\n", job->out);
	return 0;
}

static int html_write(const struct export_job *job)
{
	struct figure *fig = figure_new(job);
	FILE *out = job->out;
	int err;

	fprintf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		lang_now() == LANG_ZH ? "zh-CN" : "en");
	policy(out);
	fputs("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
		out);
	svg_escape(out, fig->title);
	fputs("</title>\n<style>", out);
	fwrite(html_page_css.bytes, 1, html_page_css.size, out);
	fputs("</style>\n</head>\n<body>\n<div id=\"still\">\n", out);
	svg_figure(fig, job->dark, out);
	fputs("</div>\n", out);
	body(out);
	err = data_block(job, fig);
	fputs("<script>", out);
	fwrite(html_page_js.bytes, 1, html_page_js.size, out);
	fputs("</script>\n</body>\n</html>\n", out);
	figure_free(fig);
	return err ? err : export_result(job);
}

const struct export_ops export_html = {
	.name = "html",
	.summary = N_("the figure as a page: pan, zoom, step from marker to marker; one file"),
	.made_of = EXPORT_FIGURE | EXPORT_MOMENT,
	.write = html_write,
};
