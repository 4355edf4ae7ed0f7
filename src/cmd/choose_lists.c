/* SPDX-License-Identifier: MIT */
/* The lists of the chooser: the course, one's own processes, the recordings in this folder. */
#include "cmd/choose.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "scenario.h"
#include "source/proc_read.h"
#include "source/source.h"
#include "trace/recording.h"

#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORDINGS_MAX 500

/* The course's parts, each by the scenario it begins with. */
static const struct {
	const char *first, *title;
} parts[] = {
	{"workers", N_("Threads and processes")},
	{"race", N_("Races and locks")},
	{"event", N_("Waiting for one another")},
	{"pipequeue", N_("Across processes, pools, coroutines")},
	{"priority", N_("Locks and the scheduler")},
};

void choose_data_free(struct choose_data *d)
{
	free(d->variants);
	free(d->finds);
	free(d->seen);
}

static size_t variant_count(const struct scenario *s)
{
	size_t n = 0;

	while (s->variants[n].name)
		n++;
	return n;
}

static void variant_finds(const struct scenario_variant *v, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = 0;
	for (size_t i = 0; v->expect && v->expect[i] && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "",
			trc_table("finding", v->expect[i]));
}

/* Once: the table does not change. */
static void course_variants(struct choose_data *d)
{
	size_t n = 0, at = 0;

	if (d->variants)
		return;
	for (const struct scenario *const *s = scenario_table; *s; s++)
		n += variant_count(*s) + 1;
	d->variants = mem_array(n, sizeof(*d->variants));
	d->finds = mem_array(n, sizeof(*d->finds));
	for (const struct scenario *const *s = scenario_table; *s; s++, at++) {
		for (const struct scenario_variant *v = (*s)->variants; v->name; v++, at++) {
			variant_finds(v, d->finds[at], sizeof(d->finds[at]));
			d->variants[at] =
				(struct chooser_variant){v->name, tr(v->summary), d->finds[at]};
		}
	}
}

void choose_course(struct choose_data *d, struct chooser *c)
{
	struct chooser_list list = {
		.title = tr("Learn"),
		.about = tr("Begin at the top: each is a small program, shown live as it runs."),
		.empty = tr("no scenario was built in"),
	};
	const char *group = NULL;
	size_t at = 0;

	course_variants(d);
	for (size_t i = 0; scenario_table[i]; i++) {
		const struct scenario *s = scenario_table[i];
		struct chooser_entry e = {.key = i + 1, .variants = d->variants + at};

		for (size_t p = 0; p < ARRAY_LEN(parts); p++)
			if (!strcmp(parts[p].first, s->name))
				group = parts[p].title;
		e.group = tr(group);
		snprintf(e.name, sizeof(e.name), "%s", s->name);
		snprintf(e.title, sizeof(e.title), "%s", tr(s->title));
		snprintf(e.text, sizeof(e.text), "%s", tr(s->teaches));
		snprintf(e.enter, sizeof(e.enter), tr("start %s"), s->variants[0].name);
		snprintf(e.command, sizeof(e.command), tr("as: threadline run %s/%s"), s->name,
			s->variants[0].name);
		vec_push(&list.entries, e);
		at += variant_count(s) + 1;
	}
	chooser_fill(c, CHOOSE_COURSE, &list);
}

/* Arguments with blanks between them; raw bytes. */
static void read_cmdline(u32 pid, char *buf, size_t size)
{
	ssize_t n = proc_read(pid, 0, "cmdline", buf, size);

	for (ssize_t i = 0; i + 1 < n; i++)
		if (!buf[i])
			buf[i] = ' ';
	if (n <= 0)
		buf[0] = 0;
}

static void read_cwd(u32 pid, char *buf, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/cwd", pid);
	n = readlink(path, buf, size - 1);
	buf[MAX(n, 0)] = 0;
}

static void process_text(struct chooser_entry *e, const struct proc_stat *stat, u32 uid)
{
	char line[600], cwd[600], age[32];
	u64 start = proc_start_ns(stat->start_ticks), now = source_now();
	struct passwd *user = getpwuid(uid);
	int n;

	read_cmdline(stat->tid, line, sizeof(line));
	read_cwd(stat->tid, cwd, sizeof(cwd));
	n = snprintf(e->text, sizeof(e->text), tr("%s\n\nprocess %u, started by %u\n"), line,
		stat->tid, stat->ppid);
	if (cwd[0])
		n += snprintf(e->text + n, sizeof(e->text) - (size_t)n, tr("in %s\n"), cwd);
	if (user && uid != geteuid())
		n += snprintf(e->text + n, sizeof(e->text) - (size_t)n, tr("of user %s\n"),
			user->pw_name);
	if (start && start < now)
		snprintf(e->text + n, sizeof(e->text) - (size_t)n, tr("runs for %s"),
			fmt_duration(age, sizeof(age), now - start));
}

/* The share of one CPU since the look before; unknown at the first. */
static void process_cpu(const struct choose_data *d, u64 key, u64 cpu_ns, u64 now, char cell[16])
{
	snprintf(cell, 16, "\u2013");
	for (size_t i = 0; i < d->seen_count; i++)
		if (d->seen[i].key == key && now > d->seen_at && cpu_ns >= d->seen[i].cpu_ns)
			snprintf(cell, 16, "%.0f %%",
				100 * (double)(cpu_ns - d->seen[i].cpu_ns) /
					(double)(now - d->seen_at));
}

/* One's own; root's are all. Kernel threads and what has ended are no programs to look at. */
static bool process_ours(const struct proc_stat *stat, u32 *uid)
{
	struct proc_ids ids;

	if (stat->kernel || stat->exiting || strchr("ZXx", stat->state) ||
		stat->tid == (u32)getpid() || proc_ids(stat->tid, 0, &ids))
		return false;
	*uid = ids.uid;
	return geteuid() == 0 || ids.uid == geteuid();
}

static void process_add(struct choose_data *d, struct chooser_list *list,
	const struct proc_stat *stat, u32 uid, u64 now)
{
	struct chooser_entry e = {.key = stat->tid | stat->start_ticks << 32};

	snprintf(e.name, sizeof(e.name), "%u", stat->tid);
	snprintf(e.title, sizeof(e.title), "%.*s", PROC_COMM, stat->comm);
	snprintf(e.cells[0], sizeof(e.cells[0]), "%u", stat->tid);
	snprintf(e.cells[1], sizeof(e.cells[1]), "%u", stat->threads);
	process_cpu(d, e.key, stat->cpu_ns, now, e.cells[2]);
	process_text(&e, stat, uid);
	snprintf(e.enter, sizeof(e.enter), tr("watch it; it runs on as it was"));
	snprintf(e.command, sizeof(e.command), tr("as: threadline attach %u"), stat->tid);
	vec_push(&list->entries, e);
}

static int by_age(const void *a, const void *b)
{
	const struct proc_stat *x = a, *y = b;

	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? 1 : -1;
	return x->tid < y->tid ? 1 : -1;
}

static void processes_remember(
	struct choose_data *d, const struct proc_stat *stats, size_t n, u64 now)
{
	free(d->seen);
	d->seen = mem_array(n + 1, sizeof(*d->seen));
	d->seen_count = n;
	d->seen_at = now;
	for (size_t i = 0; i < n; i++)
		d->seen[i] = (struct choose_seen){
			stats[i].tid | stats[i].start_ticks << 32, stats[i].cpu_ns};
}

/* The youngest first, so that what was just started stands at the top and lines keep their order.
 */
void choose_processes(struct choose_data *d, struct chooser *c)
{
	struct chooser_list list = {
		.title = tr("Attach"),
		.about = tr(
			"Programs that run already, the youngest first. Watching changes nothing."),
		.empty = tr("no process of yours runs, but this one"),
		.heads = {trc("column", "name"), trc("column", "pid"), trc("column", "threads"),
			trc("column", "CPU")},
		.widths = {7, 7, 5},
	};
	vec(struct proc_stat) stats = {0};
	proc_list pids = {0};
	struct proc_stat stat;
	u64 now = source_now();
	u32 uid;

	proc_numbers(0, &pids);
	for (size_t i = 0; i < pids.n; i++)
		if (!proc_stat(pids.v[i], 0, &stat))
			vec_push(&stats, stat);
	if (stats.n)
		qsort(stats.v, stats.n, sizeof(stats.v[0]), by_age);
	for (size_t i = 0; i < stats.n; i++)
		if (process_ours(&stats.v[i], &uid))
			process_add(d, &list, &stats.v[i], uid, now);
	processes_remember(d, stats.v, stats.n, now);
	vec_free(&stats);
	vec_free(&pids);
	chooser_fill(c, CHOOSE_PROCESSES, &list);
}

struct file {
	char name[256];
	struct stat st;
};

static int by_date(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->st.st_mtime != y->st.st_mtime)
		return x->st.st_mtime < y->st.st_mtime ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* As ls does: the time of a day near by, else the day. */
static void when(time_t at, char cell[16])
{
	time_t now = time(NULL);
	bool near = at <= now && now - at < 20 * 3600;
	struct tm tm;

	localtime_r(&at, &tm);
	if (!strftime(cell, 16, near ? "%H:%M" : "%Y-%m-%d", &tm))
		cell[0] = 0;
}

static void recording_text(struct chooser_entry *e, const struct recording *r)
{
	const struct session_info *info = recording_info(r);
	u64 start = recording_start(r), end = recording_end(r);
	const char *warning = recording_warning(r);
	char events[32];
	int n;

	if (end > start)
		fmt_duration(e->cells[1], sizeof(e->cells[1]), end - start);
	n = snprintf(e->text, sizeof(e->text), tr("%s\n\nprocess %u, on %s, %s events"),
		info->target_name, info->target_pid, info->host,
		fmt_grouped(events, sizeof(events), recording_events(r)));
	if (warning)
		snprintf(e->text + n, sizeof(e->text) - (size_t)n, "\n\n%s", warning);
}

static void recording_entry(struct chooser_list *list, const struct file *f)
{
	struct chooser_entry e = {.key = (u64)f->st.st_ino | 1ull << 63};
	struct recording *r;
	char path[300];
	int err;

	snprintf(path, sizeof(path), "./%s", f->name);
	snprintf(e.name, sizeof(e.name), "%s", f->name);
	snprintf(e.title, sizeof(e.title), "%.120s", f->name);
	when(f->st.st_mtime, e.cells[0]);
	err = recording_open(&r, path);
	if (err) {
		snprintf(e.text, sizeof(e.text), tr("it cannot be shown: %s"),
			recording_problem(err));
	} else {
		recording_text(&e, r);
		recording_close(r);
	}
	snprintf(e.enter, sizeof(e.enter), tr("look at it"));
	snprintf(e.command, sizeof(e.command), tr("as: threadline replay %.200s"), f->name);
	vec_push(&list->entries, e);
}

static bool is_recording(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && n < 256 && !strcmp(name + n - 3, ".tl");
}

void choose_recordings(struct chooser *c)
{
	struct chooser_list list = {
		.title = tr("Replay"),
		.about = tr("Recordings (*.tl) in this folder, the newest first."),
		.empty = tr(
			"there is none in this folder; to make one: threadline record -o FILE.tl "
			"race"),
		.heads = {tr("file"), tr("when"), tr("length")},
		.widths = {10, 8},
	};
	vec(struct file) files = {0};
	DIR *dir = opendir(".");
	struct dirent *entry;
	struct file f;

	while (dir && (entry = readdir(dir))) {
		if (!is_recording(entry->d_name) || stat(entry->d_name, &f.st))
			continue;
		snprintf(f.name, sizeof(f.name), "%s", entry->d_name);
		vec_push(&files, f);
	}
	if (dir)
		closedir(dir);
	if (files.n)
		qsort(files.v, files.n, sizeof(files.v[0]), by_date);
	for (size_t i = 0; i < files.n && i < RECORDINGS_MAX; i++)
		recording_entry(&list, &files.v[i]);
	vec_free(&files);
	chooser_fill(c, CHOOSE_RECORDINGS, &list);
}
