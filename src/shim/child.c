/* SPDX-License-Identifier: MIT */
/*
 * Processes: a child joins under its own name as soon as it is there, and waiting for one is told.
 * vfork() cannot be put in front of; its child acts in the parent's name until its exec.
 */
#include "shim.h"

#include "cancel.h"

#include <unistd.h>

EXPORT pid_t fork(void)
{
	pid_t pid;

	real_ready();
	pid = real.fork();
	if (!pid)
		self_enter();
	return pid;
}

EXPORT pid_t _Fork(void)
{
	pid_t pid;

	real_ready();
	if (!real._Fork) {
		errno = ENOSYS;
		return -1;
	}
	pid = real._Fork();
	if (!pid)
		self_enter();
	return pid;
}

enum way { WAIT4, WAITID };

struct wait {
	struct self *s;
	enum way way;
	bool waits; /* not WNOHANG */
	struct waiting waiting;
	/* wait4() and its like */
	pid_t pid;
	int *status, options;
	struct rusage *usage;
	/* waitid() */
	idtype_t type;
	id_t id;
	siginfo_t *info;
};

static void wait_told(struct wait *w, pid_t pid, int status)
{
	if (w->waits || pid > 0)
		wait_end(w->s, &w->waiting, false, EV_CHILD_DONE, 0,
			(void *)(uintptr_t)(pid > 0 ? pid : 0), (tl_u32)status);
}

static void wait_cancelled(void *arg)
{
	wait_told(arg, 0, 0);
}

/* waitid()'s account, as wait4() puts it. */
static int status_of(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED: return (info->si_status & 0xff) << 8;
	case CLD_DUMPED: return (info->si_status & 0x7f) | 0x80;
	case CLD_STOPPED:
	case CLD_TRAPPED: return (info->si_status & 0xff) << 8 | 0x7f;
	case CLD_CONTINUED: return 0xffff;
	default: return info->si_status & 0x7f;
	}
}

static pid_t wait_real(struct wait *w)
{
	if (w->way == WAITID)
		return real.waitid(w->type, w->id, w->info, w->options);
	return real.wait4(w->pid, w->status, w->options, w->usage);
}

static tl_u64 awaited(const struct wait *w)
{
	if (w->way == WAITID)
		return w->type == P_PID ? w->id : ~0ull;
	return w->pid > 0 ? (tl_u64)w->pid : ~0ull;
}

/* pid collected and its status, whichever the call; a child that is only looked at is not. */
static void wait_done(struct wait *w, pid_t result, int status)
{
	bool kept = w->options & WNOWAIT;

	if (w->way == WAITID) {
		result = result || kept ? 0 : w->info->si_pid;
		status = result ? status_of(w->info) : 0;
	}
	wait_told(w, result, result > 0 ? status : 0);
}

static pid_t child_wait(struct wait *w)
{
	int status = 0, *wanted = w->status;
	siginfo_t info = {0}, *told = w->info;
	pid_t result;
	int err;

	gate();
	w->waits = !(w->options & WNOHANG);
	if (w->waits)
		w->waiting = wait_begin(w->s, EV_CHILD_WAIT, 0, (void *)(uintptr_t)awaited(w), 0);
	w->status = &status;
	w->info = told ? told : &info;
	pthread_cleanup_push(wait_cancelled, w);
	result = wait_real(w);
	pthread_cleanup_pop(0);
	err = errno;
	wait_done(w, result, status);
	if (wanted && w->way == WAIT4 && result > 0)
		*wanted = status;
	gate();
	errno = err;
	return result;
}

EXPORT pid_t wait(int *status)
{
	struct wait w = {.s = self_enter(), .pid = -1, .status = status};

	return w.s ? child_wait(&w) : real.wait(status);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
	struct wait w = {.s = self_enter(), .pid = pid, .status = status, .options = options};

	return w.s ? child_wait(&w) : real.waitpid(pid, status, options);
}

EXPORT pid_t wait3(int *status, int options, struct rusage *usage)
{
	struct wait w = {
		.s = self_enter(), .pid = -1, .status = status, .options = options, .usage = usage};

	return w.s ? child_wait(&w) : real.wait3(status, options, usage);
}

EXPORT pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	struct wait w = {.s = self_enter(),
		.pid = pid,
		.status = status,
		.options = options,
		.usage = usage};

	return w.s ? child_wait(&w) : real.wait4(pid, status, options, usage);
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	struct wait w = {.s = self_enter(),
		.way = WAITID,
		.type = type,
		.id = id,
		.info = info,
		.options = options};

	return w.s ? child_wait(&w) : real.waitid(type, id, info, options);
}
