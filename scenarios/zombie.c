/* SPDX-License-Identifier: MIT */
/*
 * What is left of a child when it ends: its exit status, until its parent asks for it. Until then
 * the child is a zombie. A child whose parent is gone gets another parent.
 */
#include "stage.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 3
#define NEGLECT  1.6 /* seconds */

static const char *const names[CHILDREN] = {"child-1", "child-2", "child-3"};

static int child_body(void *arg)
{
	int number = *(int *)arg;

	scenario_pause(0.15 * number);
	return number;
}

static void make_children(pid_t children[CHILDREN])
{
	for (int i = 0; i < CHILDREN; i++) {
		int number = i + 1;

		children[i] = scenario_process(names[i], child_body, &number);
	}
}

/* Whether it has ended and nobody has asked for its status. */
static bool is_zombie(pid_t child)
{
	siginfo_t info = {0};

	return !waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

static void collect(const pid_t children[CHILDREN])
{
	for (int i = 0; i < CHILDREN; i++)
		scenario_truth("process.%s.exit_code=%d", names[i], scenario_wait(children[i]));
}

static int count_zombies(const pid_t children[CHILDREN])
{
	int n = 0;

	for (int i = 0; i < CHILDREN; i++)
		n += is_zombie(children[i]);
	return n;
}

static int run_unreaped(void)
{
	pid_t children[CHILDREN];

	make_children(children);
	scenario_say("the children will end, and main does not ask how");
	while (count_zombies(children) < CHILDREN)
		scenario_window(0.05);
	scenario_say("all %d children have ended: zombies", CHILDREN);
	scenario_pause(NEGLECT);
	scenario_truth("zombies=%d", count_zombies(children));
	scenario_say("main asks, at last: they are gone");
	collect(children);
	scenario_truth("processes=%d", CHILDREN + 1);
	return 0;
}

static int run_reaped(void)
{
	pid_t children[CHILDREN];

	make_children(children);
	scenario_say("main waits for each child");
	collect(children);
	scenario_truth("processes=%d", CHILDREN + 1);
	return 0;
}

/* orphan */

struct family {
	int born[2], told[2]; /* pipes */
};

static int grandchild_body(void *arg)
{
	struct family *f = arg;
	pid_t parent = getppid(), now;
	char byte;

	prctl(PR_SET_PDEATHSIG, 0); /* it is to outlive its parent */
	close(f->told[1]);
	scenario_must(write(f->born[1], "b", 1) == 1 ? 0 : errno, "write to a pipe");
	while (read(f->told[0], &byte, 1) < 0 && errno == EINTR)
		; /* ends when the parent does, who had the other end */
	while ((now = getppid()) == parent)
		scenario_window(0.01);
	scenario_say("the child of %d is a child of %d now", (int)parent, (int)now);
	scenario_pause(1.0);
	return 7;
}

static int parent_body(void *arg)
{
	struct family *f = arg;
	char byte;

	scenario_process("orphan", grandchild_body, f);
	while (read(f->born[0], &byte, 1) < 0 && errno == EINTR)
		;
	scenario_pause(0.4);
	scenario_say("the parent ends and leaves a child behind");
	return 0;
}

static int run_orphan(void)
{
	struct family f;
	int status;
	pid_t parent, orphan;

	/* Orphans come to the nearest such ancestor; to process 1 if there is none. */
	scenario_must(prctl(PR_SET_CHILD_SUBREAPER, 1) ? errno : 0, "adopt orphans");
	scenario_must(pipe(f.born) || pipe(f.told) ? errno : 0, "make a pipe");
	parent = scenario_process("parent", parent_body, &f);
	close(f.told[1]);
	scenario_truth("process.parent.exit_code=%d", scenario_wait(parent));
	orphan = waitpid(-1, &status, 0);
	scenario_say("main has adopted %d and collects it", (int)orphan);
	scenario_truth("process.orphan.exit_code=%d process.orphan.pid=%d processes=3",
		WEXITSTATUS(status), (int)orphan);
	return 0;
}

static const char *const finds_zombie[] = {"zombie", NULL};
static const char *const finds_orphan[] = {"orphan", NULL};
static const char *const never_orphan[] = {"orphan", NULL};
static const char *const never_either[] = {"zombie", "orphan", NULL};

static const struct scenario_variant variants[] = {
	{"unreaped", N_("three children end and nobody asks: zombies"), finds_zombie, never_orphan,
		run_unreaped},
	{"reaped", N_("the parent waits for each: no zombie lasts"), NULL, never_either,
		run_reaped},
	{"orphan", N_("the parent ends first: the child gets another parent"), finds_orphan, NULL,
		run_orphan},
	{0},
};

const struct scenario scenario_zombie = {
	.name = "zombie",
	.title = N_("Zombies and orphans"),
	.teaches =
		N_("A child that ended keeps its number and its status until its parent asks for "
		   "it; a "
		   "child whose parent ended is given another. "
		   "In Python: Process.join collects the child."),
	.variants = variants,
};
