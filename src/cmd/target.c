/* SPDX-License-Identifier: MIT */
#include "cmd/session.h"

#include "cmd/command.h"
#include "cmd/lesson.h"
#include "core/fmt.h"
#include "core/lang.h"
#include "core/mem.h"
#include "scenario.h"
#include "source/proc_read.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the scenarios' program is, seen from our own: build tree, then installed. */
static char *scenario_program(void)
{
	static const char *const places[] = {
		"scenarios/threadline-scenarios", "../lib/threadline/scenarios"};
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return NULL;
	self[n] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		char *path = mem_printf("%s/%s", self, places[i]);

		if (!access(path, X_OK))
			return path;
		free(path);
	}
	return NULL;
}

static int unknown_scenario(const char *given)
{
	const char *names[512], *near;
	char *made[512];
	size_t n = 0;
	int status;

	for (size_t i = 0; scenario_table[i]; i++) {
		const struct scenario *s = scenario_table[i];

		for (size_t v = 0; s->variants[v].name && n + 1 < ARRAY_LEN(names); v++) {
			names[n] = made[n] = mem_printf("%s/%s", s->name, s->variants[v].name);
			n++;
		}
	}
	near = fmt_nearest(given, names, n);
	for (size_t i = 0; !near && scenario_table[i]; i++)
		near = fmt_nearest(given, &scenario_table[i]->name, 1);
	if (near)
		status = usage_error("no scenario '%s'; did you mean '%s'?", given, near);
	else
		status = usage_error("no scenario '%s'; 'threadline list' names them all "
				     "(a program goes after --)",
			given);
	while (n)
		free(made[--n]);
	return status;
}

static void target_argv(struct target *t, const struct options *o, char *program)
{
	size_t n = 0;
	char **argv = mem_array(o->sets.n * 2 + 9, sizeof(*argv));

	argv[n++] = program;
	argv[n++] = mem_strdup(t->name);
	for (size_t i = 0; i < o->sets.n; i++) {
		argv[n++] = mem_strdup("--set");
		argv[n++] = mem_strdup(o->sets.v[i]);
	}
	if (o->speed != 1) {
		argv[n++] = mem_strdup("--speed");
		argv[n++] = mem_printf("%g", o->speed);
	}
	if (o->seed >= 0) {
		argv[n++] = mem_strdup("--seed");
		argv[n++] = mem_printf("%lld", (long long)o->seed);
	}
	if (lang_now() != LANG_EN) {
		argv[n++] = mem_strdup("--lang");
		argv[n++] = mem_strdup(lang_name());
	}
	t->argv = argv;
}

static int target_variant(struct target *t, const struct options *o, const struct scenario *s,
	const struct scenario_variant *v)
{
	char *program;

	program = scenario_program();
	if (!program)
		return could_not("the scenarios' program is not beside threadline "
				 "(../lib/threadline/scenarios): install again");
	t->kind = TARGET_SCENARIO;
	snprintf(t->name, sizeof(t->name), "%s/%s", s->name, v->name);
	t->lesson_text = lesson_words_text(t->name);
	target_argv(t, o, program);
	return 0;
}

static int target_scenario(struct target *t, const struct options *o)
{
	const struct scenario *s;
	const struct scenario_variant *v = scenario_find(o->args[0], &s);

	return v ? target_variant(t, o, s, v) : unknown_scenario(o->args[0]);
}

static bool goes_wrong(const struct scenario_variant *v)
{
	return v->expect && v->expect[0];
}

/* The first other one that goes wrong, or does not; else the first other; NULL: there is none. */
static const struct scenario_variant *variant_beside(
	const struct scenario *s, const struct scenario_variant *to)
{
	const struct scenario_variant *first = NULL;

	for (const struct scenario_variant *v = s->variants; v->name; v++) {
		if (v == to)
			continue;
		first = first ? first : v;
		if (goes_wrong(v) != goes_wrong(to))
			return v;
	}
	return first;
}

static const struct scenario_variant *variant_named(const struct scenario *s, const char *name)
{
	size_t n = strlen(s->name);

	if (!strncmp(name, s->name, n) && name[n] == '/')
		name += n + 1;
	for (const struct scenario_variant *v = s->variants; v->name; v++)
		if (!strcmp(v->name, name))
			return v;
	return NULL;
}

/* Of a scenario as a whole: the first that goes wrong, else its first. */
static const struct scenario_variant *variant_telling(const struct scenario *s)
{
	for (const struct scenario_variant *v = s->variants; v->name; v++)
		if (goes_wrong(v))
			return v;
	return &s->variants[0];
}

int targets_beside(struct target target[2], const struct options *o)
{
	const struct scenario *s;
	const struct scenario_variant *a, *b;
	int status;

	if (o->command || o->arg_count != 1)
		return usage_error("--compare takes one scenario; of other programs, record two "
				   "runs, then 'threadline compare'");
	a = scenario_find(o->args[0], &s);
	if (!a)
		return unknown_scenario(o->args[0]);
	if (!*o->compare && !strchr(o->args[0], '/'))
		a = variant_telling(s);
	b = *o->compare ? variant_named(s, o->compare) : variant_beside(s, a);
	if (!b && *o->compare)
		return usage_error("%s has no variant '%s'; 'threadline list' names them", s->name,
			o->compare);
	if (!b)
		return usage_error("%s has no other variant to compare with", s->name);
	if (!*o->compare && goes_wrong(b) && !goes_wrong(a)) { /* what goes wrong stands first */
		const struct scenario_variant *swap = a;

		a = b;
		b = swap;
	}
	status = target_variant(&target[0], o, s, a);
	return status ? status : target_variant(&target[1], o, s, b);
}

static void target_command(struct target *t, char **command)
{
	const char *base = strrchr(command[0], '/');
	size_t n = 0;

	while (command[n])
		n++;
	t->kind = TARGET_COMMAND;
	fmt_clean(t->name, sizeof(t->name), base ? base + 1 : command[0], SIZE_MAX, false);
	t->argv = mem_array(n + 1, sizeof(*t->argv));
	while (n--)
		t->argv[n] = mem_strdup(command[n]);
}

int target_from_arguments(struct target *t, const struct options *o)
{
	*t = (struct target){0};
	if (o->command && o->arg_count)
		return usage_error("'%s' stands before --; give a scenario or a command, not both",
			o->args[0]);
	if (o->command && !o->command[0])
		return usage_error("no command after --");
	if (o->command) {
		target_command(t, o->command);
		return 0;
	}
	if (!o->arg_count)
		return usage_error("give a scenario ('threadline list' names them) or -- COMMAND");
	if (o->arg_count > 1)
		return usage_error(
			"one scenario at a time; a program goes after --: -- %s ...", o->args[0]);
	return target_scenario(t, o);
}

static void target_name(struct target *t, const struct proc_stat *stat)
{
	fmt_clean(t->name, sizeof(t->name), stat->comm, strnlen(stat->comm, PROC_COMM), false);
}

int target_from_pid(struct target *t, u32 pid)
{
	struct proc_ids ids;
	struct proc_stat stat;

	*t = (struct target){.kind = TARGET_PID, .pid = pid};
	if (kill((pid_t)pid, 0) < 0 && errno == ESRCH)
		return could_not("there is no process %u; 'ps -e' lists them", pid);
	if (proc_ids(pid, 0, &ids) < 0 || proc_stat(ids.tgid, 0, &stat) < 0)
		return could_not("process %u is not ours to see (hidepid?); try sudo", pid);
	t->pid = ids.tgid; /* a thread's number stands for its process */
	target_name(t, &stat);
	if (proc_is_remains(&stat))
		return could_not("process %u (%s) has ended already", pid, t->name);
	if (stat.kernel)
		return could_not(
			"%u (%s) is a kernel thread; threadline watches programs", pid, t->name);
	return 0;
}

int target_by_name(struct target *t, const char *comm)
{
	u32 found = 0, count = 0;
	struct proc_stat stat;
	proc_list pids = {0};

	proc_numbers(0, &pids);
	for (size_t i = 0; i < pids.n; i++) {
		if (pids.v[i] == (u32)getpid() || proc_stat(pids.v[i], 0, &stat) < 0)
			continue;
		target_name(t, &stat);
		if (strcmp(t->name, comm) != 0)
			continue;
		found = pids.v[i];
		count++;
	}
	vec_free(&pids);
	if (!count)
		return could_not("no process is named '%s'; 'ps -e' lists them", comm);
	if (count > 1)
		return could_not("%u processes are named '%s'; choose one: pgrep -x '%s'", count,
			comm, comm);
	return target_from_pid(t, found);
}

static bool is_plain(const char *arg)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=./,:@%";

	return *arg && !arg[strspn(arg, plain)];
}

static void quote(FILE *out, const char *arg)
{
	if (is_plain(arg)) {
		fputs(arg, out);
		return;
	}
	fputc('\'', out);
	for (; *arg; arg++)
		if (*arg == '\'')
			fputs("'\\''", out);
		else
			fputc(*arg, out);
	fputc('\'', out);
}

/* /proc/PID/cmdline: the arguments, each with a NUL behind it. */
static void args_of_pid(FILE *out, u32 pid, size_t most)
{
	char *text = mem_alloc(most + 1);
	ssize_t n = proc_read(proc_reachable(pid), 0, "cmdline", text, most + 1);

	for (ssize_t at = 0; at < n; at += (ssize_t)strlen(text + at) + 1) {
		if (at)
			fputc(' ', out);
		quote(out, text + at);
	}
	free(text);
}

void target_args(const struct target *t, char *buf, size_t size)
{
	char *text = NULL;
	size_t len, cut = size - sizeof("...");
	FILE *out = open_memstream(&text, &len);

	if (!out)
		die("out of memory");
	for (size_t i = 0; t->argv && t->argv[i]; i++) {
		if (i)
			fputc(' ', out);
		quote(out, t->argv[i]);
	}
	if (!t->argv && t->pid)
		args_of_pid(out, t->pid, size);
	if (fclose(out))
		die("out of memory");
	fmt_clean(buf, size, text, len, false);
	free(text);
	if (strlen(buf) <= cut)
		return;
	while (cut && (buf[cut] & 0xc0) == 0x80)
		cut--; /* no character is torn */
	strcpy(buf + cut, "...");
}

void target_tell(const struct target *t, struct session_info *info)
{
	info->target = t->kind;
	info->target_pid = t->pid;
	info->lesson = t->lesson_text;
	snprintf(info->target_name, sizeof(info->target_name), "%s", t->name);
}

void target_free(struct target *t)
{
	for (size_t i = 0; t->argv && t->argv[i]; i++)
		free(t->argv[i]);
	free(t->argv);
	free(t->lesson_text);
	t->argv = NULL;
	t->lesson_text = NULL;
}
