/* SPDX-License-Identifier: MIT */
#include "cmd/command.h"
#include "cmd/lines.h"
#include "cmd/options.h"
#include "core/json.h"
#include "core/lang.h"
#include "core/types.h"
#include "source/caps.h"
#include "source/perf.h"
#include "source/source.h"
#include "source/stacks.h"
#include "source/uprobe.h"

#include <errno.h>
#include <getopt.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SOURCES_MAX 8

enum sight { SIGHT_NO, SIGHT_OWN, SIGHT_ALL };

static const char *const sight_words[] = {
	NC_("sight", "no"), NC_("sight", "own processes"), NC_("sight", "yes")};

struct sees {
	enum sight switches, wakeups, lock_waits, lock_holders, every_lock, stacks;
};

struct examination {
	struct source_check checks[SOURCES_MAX]; /* as source_table */
	struct source_check uprobe;              /* every lock of a running program */
	struct sees sees;
};

static const struct source_check *check_of(const struct examination *e, u32 bit)
{
	static const struct source_check none;

	for (size_t i = 0; source_table[i]; i++)
		if (source_table[i]->bit == bit)
			return &e->checks[i];
	return &none;
}

static struct sees what_is_seen(const struct examination *e)
{
	bool bpf = check_of(e, SOURCE_BIT_BPF)->usable;
	bool perf = check_of(e, SOURCE_BIT_PERF)->usable;
	bool shim = check_of(e, SOURCE_BIT_SHIM)->usable;
	bool proc = check_of(e, SOURCE_BIT_PROC)->usable;
	enum sight looks = caps_have(CAP_SYS_PTRACE) ? SIGHT_ALL : SIGHT_OWN;
	enum sight waits = bpf ? SIGHT_ALL : proc ? looks : shim ? SIGHT_OWN : SIGHT_NO;

	return (struct sees){
		.switches = bpf     ? SIGHT_ALL
			    : !perf ? SIGHT_NO
				    : (perf_sees_system() ? SIGHT_ALL : SIGHT_OWN),
		.wakeups = bpf ? SIGHT_ALL : SIGHT_NO,
		.lock_waits = waits,
		.lock_holders = waits,
		.every_lock = e->uprobe.usable ? SIGHT_ALL
			      : shim           ? SIGHT_OWN
					       : SIGHT_NO,
		.stacks = proc && stacks_known() ? looks : SIGHT_NO,
	};
}

static void examine(struct examination *e)
{
	*e = (struct examination){0};
	for (size_t i = 0; source_table[i] && i < SOURCES_MAX; i++)
		source_table[i]->check(&e->checks[i], 0);
	source_uprobe.check(&e->uprobe, 0);
	e->sees = what_is_seen(e);
}

static void doctor_json(const struct examination *e)
{
	const struct sees *s = &e->sees;
	struct json j;

	json_open(&j, stdout, true);
	json_object(&j, NULL);
	json_array(&j, "sources");
	for (size_t i = 0; source_table[i]; i++) {
		json_object(&j, NULL);
		json_str(&j, "name", source_table[i]->name);
		json_bool(&j, "usable", e->checks[i].usable);
		json_str(&j, "why", e->checks[i].why);
		json_str(&j, "fix", e->checks[i].fix);
		json_end(&j);
	}
	json_array_end(&j);
	json_object(&j, "sees");
	json_str(&j, "switches", sight_words[s->switches]);
	json_str(&j, "wakeups", sight_words[s->wakeups]);
	json_str(&j, "lock_waits", sight_words[s->lock_waits]);
	json_str(&j, "lock_holders", sight_words[s->lock_holders]);
	json_str(&j, "every_lock", sight_words[s->every_lock]);
	json_str(&j, "stacks", sight_words[s->stacks]);
	json_end(&j);
	json_object(&j, "uprobes");
	json_bool(&j, "usable", e->uprobe.usable);
	json_str(&j, "why", e->uprobe.why);
	json_end(&j);
	json_end(&j);
}

static void print_sources(const struct examination *e)
{
	for (size_t i = 0; source_table[i]; i++) {
		printf("  %-5s ", source_table[i]->name);
		print_padded(
			trc_table("sight", sight_words[e->checks[i].usable ? SIGHT_ALL : SIGHT_NO]),
			5);
		print_wrapped(e->checks[i].why, 13);
	}
}

static void print_sight(const char *what, enum sight sight, const char *missing)
{
	printf("  ");
	print_padded(tr(what), 36);
	printf(" %s", trc_table("sight", sight_words[sight]));
	if (sight == SIGHT_NO && missing[0])
		printf(" (%s)", tr(missing));
	putchar('\n');
}

static void print_every_lock(const struct examination *e)
{
	char text[320];

	print_sight(N_("every lock taken, also uncontended"), e->sees.every_lock, "");
	if (e->sees.every_lock == SIGHT_OWN)
		puts(tr("    (of programs that threadline starts: 'threadline run -- PROGRAM')"));
	if (e->uprobe.usable)
		snprintf(text, sizeof(text), "%s", e->uprobe.why);
	else
		snprintf(text, sizeof(text), tr("of running programs: no: %s"), e->uprobe.why);
	printf("    ");
	print_wrapped(text, 4);
}

static void print_sees(const struct examination *e)
{
	const struct sees *s = &e->sees;

	print_sight(N_("when each thread runs and is blocked"), s->switches,
		N_("only sampled, every 20 ms"));
	print_sight(N_("who wakes whom, who waits for a CPU"), s->wakeups, "");
	print_sight(N_("what blocked threads wait for"), s->lock_waits, "");
	print_sight(N_("who holds the lock they wait for"), s->lock_holders, "");
	print_every_lock(e);
	print_sight(N_("stacks"), s->stacks, "");
}

static void print_way(const char *command, const char *gives)
{
	printf("  %s\n      %s\n", command, tr(gives));
}

/* Only what would help here: rights are no cure for a kernel that lacks something. */
static void print_ways(const struct examination *e)
{
	const struct source_check *bpf = check_of(e, SOURCE_BIT_BPF);
	const struct source_check *perf = check_of(e, SOURCE_BIT_PERF);
	const struct source_check *shim = check_of(e, SOURCE_BIT_SHIM);
	bool rights = strstr(bpf->fix, "setcap"), any = bpf->fix[0] || perf->fix[0] || shim->fix[0];

	if (!any) {
		puts(bpf->usable ? tr("Nothing that threadline could use is missing.")
				 : tr("Nothing that rights could give is missing."));
		return;
	}
	puts(tr("To see more:"));
	if (rights)
		print_way("sudo threadline ...", N_("everything above, this once"));
	if (bpf->fix[0])
		print_way(bpf->fix, rights ? N_("everything above, from now on without sudo")
					   : N_("everything above"));
	if (!perf->usable && perf->fix[0])
		print_way(perf->fix,
			N_("when your own threads run and are blocked; until the next boot"));
	if (shim->fix[0])
		print_way(shim->fix, N_("every lock of the programs that threadline starts"));
}

static void doctor_text(const struct examination *e)
{
	struct utsname host;

	uname(&host);
	printf(tr("threadline looks through four windows; it opens the best that it may here\n"
		  "(Linux %s, %s):\n\n"),
		host.release, geteuid() ? tr("an ordinary user") : tr("root"));
	print_sources(e);
	puts(tr("\nSo it sees:\n"));
	print_sees(e);
	putchar('\n');
	print_ways(e);
}

static int doctor(int argc, char **argv)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
		{"lang", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'}, {0}};
	extern const struct command command_doctor;
	struct examination e;
	bool json = false;
	int c;

	opterr = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == '?')
			return usage_error("unknown option '%s'", argv[optind - 1]);
		if (c == 'l' && option_lang(optarg))
			return usage_error("--%s cannot be '%s'", "lang", optarg);
		if (c == 'h') {
			command_help(&command_doctor);
			return 0;
		}
		json |= c == 'j';
	}
	if (optind < argc)
		return usage_error("doctor takes no '%s'", argv[optind]);
	if (json)
		lang_use("en"); /* a document for programs is the same in every language */
	examine(&e);
	if (json)
		doctor_json(&e);
	else
		doctor_text(&e);
	if (fflush(stdout) || ferror(stdout))
		return could_not("cannot write: %s", strerror(errno));
	return 0;
}

const struct command command_doctor = {
	.name = "doctor",
	.args = "[--json]",
	.summary = N_("tell what can be seen on this machine, and how to see the rest"),
	.help = N_("      --json               as a JSON document\n"
		   "      --lang LANG          en or zh; as the locale says unless given\n"
		   "  -h, --help               this text\n"),
	.run = doctor,
};
