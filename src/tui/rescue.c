/* SPDX-License-Identifier: MIT */
#include "tui/rescue.h"

#include "core/mem.h"
#include "core/unread.h"

#include <fcntl.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Mouse, bracketed paste, keypad, cursor, attributes, screen: each back to the shell's. */
static const char back[] = "\033[?1006l\033[?1002l\033[?1000l\033[?2004l\033[?1l\033>\033[?25h"
			   "\033[0m\033[?1049l\033[?25h";

static const int fatal[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
static const int asking[] = {SIGTERM, SIGHUP, SIGINT};

/* A signal handler has nothing else to reach its things by. */
static struct {
	volatile sig_atomic_t active, asked, stop;
	int fd, unread_fd; /* writing to unread_fd never waits; -1 */
	struct termios saved;
	struct sigaction old_fatal[ARRAY_LEN(fatal)];
	struct sigaction old_asking[ARRAY_LEN(asking)];
	struct sigaction old_stop;
	bool took_asking[ARRAY_LEN(asking)], took_stop;
	stack_t stack, old_stack;
} rescue;

static void rescue_terminal(void)
{
	if (!rescue.active)
		return;
	rescue.active = 0;
	if (write(rescue.fd, back, sizeof(back) - 1) < 0)
		return; /* the terminal is gone: nothing to put back */
	tcsetattr(rescue.fd, TCSANOW, &rescue.saved);
}

static int reopen(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

void rescue_unread(void)
{
	tcflush(rescue.unread_fd, TCOFLUSH);
	if (write(rescue.unread_fd, back, sizeof(back) - 1) >= 0)
		return;
	tcflow(rescue.unread_fd, TCOON); /* ^S stopped it */
	if (write(rescue.unread_fd, back, sizeof(back) - 1) < 0)
		return;
}

static void on_fatal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	rescue_terminal();
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		if (fatal[i] == sig)
			sigaction(sig, &rescue.old_fatal[i], NULL);
	/* A fault comes again by itself once we return; a signal that was sent does not. */
	if (info->si_code <= 0)
		raise(sig);
}

static void on_asked(int sig)
{
	rescue.asked = sig;
	unread_leave(sig);
}

static void on_stop(int sig)
{
	(void)sig;
	rescue.stop = 1;
}

static bool take(int sig, void (*fn)(int), struct sigaction *old)
{
	struct sigaction sa = {.sa_handler = fn};

	sigemptyset(&sa.sa_mask);
	if (sigaction(sig, NULL, old) || old->sa_handler != SIG_DFL)
		return false;
	return sigaction(sig, &sa, NULL) == 0;
}

static void rescue_fatal(void)
{
	struct sigaction sa = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	sigemptyset(&sa.sa_mask);
	rescue.stack = (stack_t){.ss_sp = mem_alloc(SIGSTKSZ), .ss_size = SIGSTKSZ};
	sigaltstack(&rescue.stack, &rescue.old_stack);
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &sa, &rescue.old_fatal[i]);
}

void rescue_begin(int fd, const struct termios *saved)
{
	rescue.fd = fd;
	rescue.unread_fd = reopen(fd);
	unread_screen(fd);
	rescue.saved = *saved;
	rescue.asked = rescue.stop = 0;
	rescue_fatal();
	for (size_t i = 0; i < ARRAY_LEN(asking); i++)
		rescue.took_asking[i] = take(asking[i], on_asked, &rescue.old_asking[i]);
	rescue.took_stop = take(SIGTSTP, on_stop, &rescue.old_stop);
	rescue.active = 1;
	die_hook_set(rescue_terminal);
}

void rescue_end(void)
{
	rescue.active = 0;
	unread_screen(-1);
	if (rescue.unread_fd >= 0)
		close(rescue.unread_fd);
	die_hook_set(NULL);
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &rescue.old_fatal[i], NULL);
	for (size_t i = 0; i < ARRAY_LEN(asking); i++)
		if (rescue.took_asking[i])
			sigaction(asking[i], &rescue.old_asking[i], NULL);
	if (rescue.took_stop)
		sigaction(SIGTSTP, &rescue.old_stop, NULL);
	sigaltstack(&rescue.old_stack, NULL);
	free(rescue.stack.ss_sp);
}

int rescue_asked(void)
{
	return rescue.asked;
}

bool rescue_stop(void)
{
	bool stop = rescue.stop;

	rescue.stop = 0;
	return stop;
}

void rescue_stop_now(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, old;
	sigset_t set, old_set;

	rescue.active = 0;
	sigaction(SIGTSTP, &dfl, &old);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &set, &old_set);
	raise(SIGTSTP);
	pthread_sigmask(SIG_SETMASK, &old_set, NULL);
	sigaction(SIGTSTP, &old, NULL);
	rescue.active = 1;
}
