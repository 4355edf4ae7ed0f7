/* SPDX-License-Identifier: MIT */
/*
 * Attaching to a busy program and leaving it, a thousand times: what each takes, whether the
 * program comes to its end as it would alone, and what is left of programs, maps and descriptors.
 */
#include "source/source.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CYCLES_MAX 1000

extern const struct source_ops source_bpf;

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static u32 count_ids(int (*next)(u32, u32 *))
{
	u32 id = 0, n = 0;

	while (!next(id, &id))
		n++;
	return n;
}

static u32 count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	u32 n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

struct left {
	u32 programs, maps, fds;
};

/* The kernel frees programs and maps by and by. */
static struct left look(void)
{
	usleep(1000000);
	return (struct left){
		count_ids(bpf_prog_get_next_id), count_ids(bpf_map_get_next_id), count_fds()};
}

/* 0, or why it could not be. */
static int cycle(u32 pid, double *attach, double *leave)
{
	struct source_target target = {.kind = TARGET_PID, .pid = pid};
	struct source s = {.ops = &source_bpf};
	struct source_check check = {0};
	u64 began = source_now(), attached, left, complete;
	struct order *order = order_new();
	int err = source_bpf.open(&s, &target, &check);

	attached = source_now();
	if (err)
		fprintf(stderr, "attach: %s\n", check.why);
	else
		source_bpf.drain(&s, order, &complete);
	left = source_now();
	source_bpf.close(&s);
	*attach = (double)(attached - began) / 1e6;
	*leave = (double)(source_now() - left) / 1e6;
	order_free(order);
	return err;
}

/* The load runs until it is killed; think_ns NULL: one that sleeps. */
static pid_t load_start(const char *think_ns)
{
	int in[2];
	pid_t pid;

	if (pipe(in))
		exit(1);
	pid = fork();
	if (!pid && !think_ns) {
		pause();
		_exit(0);
	}
	if (!pid) {
		dup2(in[0], 0);
		execl(TL_BUILD "/tests/bench/lock_load", "lock_load", "4", "3600", "500", think_ns,
			NULL);
		_exit(127);
	}
	if (write(in[1], "\n", 1) != 1)
		exit(1);
	close(in[0]);
	close(in[1]);
	return pid;
}

static int cycles(const char *beside, const char *think_ns, int n)
{
	static double attach[CYCLES_MAX], leave[CYCLES_MAX];
	pid_t pid = load_start(think_ns);
	struct left before = look(), after;
	int status, done = 0;

	while (done < n && !cycle((u32)pid, &attach[done], &leave[done]))
		done++;
	after = look();
	if (waitpid(pid, &status, WNOHANG))
		printf("attach_cycles: the program ended with status %#x\n", (unsigned)status);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (done < n)
		return 1;
	qsort(attach, (size_t)n, sizeof(*attach), by_value);
	qsort(leave, (size_t)n, sizeof(*leave), by_value);
	printf("attach_cycles, beside %s, %d times: attach %.1f ms (99 %%: %.1f), leave %.1f ms "
	       "(99 %%: %.1f); more than before: %d programs, %d maps, %d descriptors\n",
		beside, n, attach[n / 2], attach[n * 99 / 100], leave[n / 2], leave[n * 99 / 100],
		(int)(after.programs - before.programs), (int)(after.maps - before.maps),
		(int)(after.fds - before.fds));
	return 0;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : CYCLES_MAX;

	if (geteuid()) {
		printf("attach_cycles: skipped, needs root\n");
		return 0;
	}
	if (n < 1 || n > CYCLES_MAX)
		return 2;
	return cycles("a thread that sleeps", NULL, (n + 9) / 10) ||
	       cycles("threads that keep all CPUs busy", "500", n);
}
