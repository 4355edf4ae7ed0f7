/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/pipeline.h"
#include "cmd/rungs.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "core/log.h"
#include "export/export.h"
#include "tui/picture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A moment: a duration after the start ("1.5s", "20ms", "7"), or a marker's text. */
static int export_moment(const struct model *m, const char *text, u64 *at)
{
	u64 after;

	if (!fmt_parse_duration(text, &after)) {
		*at = m->start + after;
		return 0;
	}
	for (size_t i = 0; i < m->marks.n; i++) {
		if (strcmp(m->marks.v[i].text, text) != 0)
			continue;
		*at = m->marks.v[i].at;
		return 0;
	}
	return usage_error("'%s' is no time (1.5s, 20ms) and no marker of the recording", text);
}

/* A still shows the gravest finding, else the middle. */
static u64 export_gravest(const struct export_job *job)
{
	u64 at = job->from + (job->until - job->from) / 2;
	int gravest = -1;

	for (size_t i = 0; i < findings_count(job->findings); i++) {
		const struct finding *f = findings_get(job->findings, i);

		if ((int)f->ops->severity <= gravest || !export_inside(job, f->at_ns))
			continue;
		gravest = (int)f->ops->severity;
		at = f->at_ns;
	}
	return at;
}

static int export_at(struct export_job *job, const struct options *o)
{
	int status = o->at ? export_moment(job->model, o->at, &job->at) : 0;

	job->at_given = o->at != NULL;
	if (!o->at)
		job->at = export_gravest(job);
	if (!status && !export_inside(job, job->at))
		status = usage_error("--at is not between --from and --until");
	return status;
}

static int export_window(struct export_job *job, const struct options *o)
{
	const struct model *m = job->model;
	int status = 0;

	job->from = m->start;
	job->until = m->now;
	if (o->from)
		status = export_moment(m, o->from, &job->from);
	if (!status && o->until)
		status = export_moment(m, o->until, &job->until);
	if (!status && job->from >= job->until)
		status = usage_error("there is nothing between --from and --until");
	if (!status)
		status = export_at(job, o);
	return status;
}

static int export_view(const char *view)
{
	const char *names[16], *near;
	size_t n = picture_views(names, ARRAY_LEN(names)), used = 0;
	char all[256] = "";

	for (size_t i = 0; i < n; i++)
		if (!view || !strcmp(names[i], view))
			return 0;
	near = fmt_nearest(view, names, n);
	if (near)
		return usage_error("no view '%s'; did you mean '%s'?", view, near);
	for (size_t i = 0; i < n && used < sizeof(all); i++)
		used += (size_t)snprintf(
			all + used, sizeof(all) - used, "%s%s", i ? ", " : "", names[i]);
	return usage_error("no view '%s'; there are %s", view, all);
}

static int export_unknown(const char *format)
{
	const char *names[16], *near;
	size_t n = 0;

	if (export_absent(format))
		return could_not("this threadline was built without cairo and pango: it has no %s; "
				 "svg and html need neither",
			format);
	for (; export_table[n] && n < ARRAY_LEN(names); n++)
		names[n] = export_table[n]->name;
	near = fmt_nearest(format, names, n);
	if (near)
		return usage_error("no format '%s'; did you mean '%s'?", format, near);
	return usage_error("no format '%s'; 'threadline export --help' names them", format);
}

/*
 * A file is written beside its place and put there when it is whole: an export that fails, or is
 * killed, leaves what was there. Devices, pipes and what cannot be written beside are written as
 * they are.
 */
struct output {
	const char *path;
	char beside[4096]; /* "": written in place */
	mode_t mode;
	FILE *file;
};

static FILE *output_beside(struct output *out)
{
	struct stat st;
	bool there = !stat(out->path, &st);
	struct stat link;
	int n;

	if ((there && !S_ISREG(st.st_mode)) || (!lstat(out->path, &link) && S_ISLNK(link.st_mode)))
		return NULL;
	n = snprintf(out->beside, sizeof(out->beside), "%s.part", out->path);
	out->mode = there ? st.st_mode & 07777 : 0;
	return n < (int)sizeof(out->beside) ? fopen(out->beside, "w") : NULL;
}

static int output_open(struct output *out)
{
	if (!strcmp(out->path, "-")) {
		out->file = stdout;
		return 0;
	}
	out->file = output_beside(out);
	if (out->file)
		return 0;
	out->beside[0] = '\0';
	out->file = fopen(out->path, "w");
	return out->file ? 0 : -errno;
}

static int output_close(struct output *out, int err)
{
	if (out->file == stdout)
		return err;
	if (!err && out->mode && fchmod(fileno(out->file), out->mode))
		err = -errno;
	if (fclose(out->file) && !err)
		err = -errno;
	if (!err && out->beside[0] && rename(out->beside, out->path))
		err = -errno;
	if (err && out->beside[0])
		unlink(out->beside);
	return err;
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int export_to(const struct export_ops *ops, struct export_job *job, const char *path)
{
	struct output out = {.path = path};
	int err;

	signal(SIGPIPE, SIG_IGN);
	err = output_open(&out);
	if (err)
		return could_not(
			"cannot write %s: %s; choose another with -o FILE", path, strerror(-err));
	job->out = out.file;
	err = output_close(&out, ops->write(job));
	return err ? could_not("cannot write %s: %s", path, strerror(-err)) : 0;
}

/* The findings become those of what is shown. */
static int export_filter(
	struct export_job *job, struct sift *sift, struct pipeline *p, const struct options *o)
{
	char error[160];
	struct filter f;

	if (!o->filter)
		return 0;
	if (filter_parse(&f, o->filter, error, sizeof(error)))
		return usage_error("--filter: %s", error);
	if (!f.n)
		return 0;
	sift_make(sift, &f, p->model, 0);
	if (!sift->threads)
		log_note(LOG_WARN, "no thread of %s fits \"%s\"", o->args[0], f.text);
	findings_sift(p->findings, sift);
	job->sift = sift;
	return 0;
}

static int export_loaded(struct export_job *job, const struct export_ops *ops, struct pipeline *p,
	const struct options *o)
{
	struct sift sift = {0};
	int status;

	job->model = p->model;
	job->findings = p->findings;
	job->title = p->model->info.target_name;
	job->rung = rungs_word(p->model->info.sources);
	status = export_filter(job, &sift, p, o);
	if (!status)
		status = export_window(job, o);
	if (!status)
		status = export_to(ops, job, o->output);
	sift_free(&sift);
	return status;
}

/* "svg, html, ..." */
static void formats_made_of(u32 any, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; export_table[i] && used < size; i++)
		if (export_table[i]->made_of & any)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
				export_table[i]->name);
}

/* An option that does nothing is refused: who gave it meant something by it. */
static int export_takes(const struct export_ops *ops, const struct options *o)
{
	const struct {
		const char *name;
		bool given;
		u32 made_of;
	} all[] = {{"at", o->at, EXPORT_MOMENT}, {"theme", o->theme, EXPORT_FIGURE | EXPORT_SCREEN},
		{"width", o->width, EXPORT_FIGURE}, {"caption", o->caption, EXPORT_FIGURE},
		{"view", o->view, EXPORT_SCREEN}, {"size", o->columns, EXPORT_SCREEN}};
	char formats[160];

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (!all[i].given || ops->made_of & all[i].made_of)
			continue;
		formats_made_of(all[i].made_of, formats, sizeof(formats));
		return usage_error(
			"--%s does nothing to %s; it is for %s", all[i].name, ops->name, formats);
	}
	return 0;
}

static int export_file(const struct options *o)
{
	const struct export_ops *ops;
	struct export_job job = {.dark = o->theme && !strcmp(o->theme, "dark"),
		.themed = o->theme != NULL,
		.caption = o->caption,
		.width = o->width ? o->width : 1280,
		.view = o->view,
		.columns = o->columns ? o->columns : 120,
		.rows = o->rows ? o->rows : 36};
	struct pipeline p;
	int status;

	if (o->arg_count != 1 || o->command || !o->to || !o->output)
		return usage_error("export takes FILE --to FORMAT -o OUT");
	ops = export_by_name(o->to);
	if (!ops)
		return export_unknown(o->to);
	if (same_file(o->args[0], o->output))
		return usage_error("%s is the recording itself", o->output);
	status = export_takes(ops, o);
	if (!status)
		status = export_view(o->view);
	if (!status && ops->program && o->lang && strcmp(o->lang, "en") != 0)
		log_note(LOG_WARN, "%s is for programs: the same in every language", ops->name);
	if (ops->program)
		lang_use("en");
	if (!status)
		status = pipeline_load(&p, o->args[0], NULL);
	if (status)
		return status;
	status = export_loaded(&job, ops, &p, o);
	pipeline_close(&p);
	return status;
}

static void export_formats(void)
{
	for (size_t i = 0; export_table[i]; i++)
		printf("  %-10s %s\n", export_table[i]->name, tr(export_table[i]->summary));
	putchar('\n');
}

static int export_run(int argc, char **argv)
{
	struct options o;
	int status = options_read(&o, argc, argv, OPT_EXPORT);

	if (!status && o.help) {
		extern const struct command command_export;

		command_help(&command_export);
		export_formats();
		options_help(OPT_EXPORT);
	} else if (!status) {
		status = export_file(&o);
	}
	options_free(&o);
	return status;
}

const struct command command_export = {
	.name = "export",
	.args = "FILE --to FORMAT -o OUT",
	.summary = N_("turn a recording into a figure or another program's format"),
	.help = N_("Times are after the start (1.5s, 20ms) or a marker's text; OUT may be - .\n"
		   "A filter is said as on the screen: of figures and traces it leaves lanes, of "
		   "lists "
		   "spans.\n\n"),
	.run = export_run,
};
