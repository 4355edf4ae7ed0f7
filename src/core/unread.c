/* SPDX-License-Identifier: MIT */
#include "core/unread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define TICK_US 100000
#define PATIENT 5 /* ticks */

enum { SCREEN, OUT, ERR, OUTPUTS };

/* Everything here is a signal handler's. */
static struct {
	atomic_int fd, stuck, given_up;
} outputs[OUTPUTS] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};

static atomic_int writer, interrupts;

static void give_up(int i)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0)
		return;
	outputs[i].given_up = dup3(null, outputs[i].fd, O_CLOEXEC) >= 0;
	close(null);
}

static bool is_stuck(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, 0) == 0;
}

/* The system calls that it interrupts are begun again: a write() with what its number means now. */
static void on_tick(int signal)
{
	int err = errno;
	bool any = false;

	(void)signal;
	for (int i = 0; i < OUTPUTS; i++) {
		if (outputs[i].fd < 0)
			continue;
		if (is_stuck(outputs[i].fd))
			outputs[i].stuck++;
		else
			outputs[i].stuck = 0;
		if (outputs[i].stuck >= PATIENT)
			give_up(i);
		any = any || outputs[i].given_up;
	}
	if (any && writer && syscall(SYS_gettid) != writer)
		syscall(SYS_tgkill, getpid(), writer, SIGALRM);
	errno = err;
}

void unread_screen(int fd)
{
	outputs[SCREEN].fd = fd;
	outputs[SCREEN].stuck = outputs[SCREEN].given_up = 0;
}

void unread_writer(void)
{
	writer = (int)syscall(SYS_gettid);
}

void unread_leave(int signal)
{
	struct itimerval often = {.it_interval.tv_usec = TICK_US, .it_value.tv_usec = TICK_US};
	struct sigaction sa = {.sa_handler = on_tick, .sa_flags = SA_RESTART};

	if (signal != SIGINT || interrupts++) {
		outputs[OUT].fd = STDOUT_FILENO;
		outputs[ERR].fd = STDERR_FILENO;
	}
	sigemptyset(&sa.sa_mask);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

bool unread_gave_up_screen(void)
{
	return outputs[SCREEN].given_up;
}
