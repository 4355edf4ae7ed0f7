/* SPDX-License-Identifier: MIT */
#include "cmd/launch.h"

#include "core/mem.h"
#include "shim/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define END_PATIENCE (2 * NSEC_PER_SEC)

static void child_environment(const struct launch_options *o)
{
	const char *already = getenv("LD_PRELOAD");
	char *preload;

	if (!o->preload)
		return;
	preload = already && *already ? mem_printf("%s:%s", o->preload, already)
				      : mem_strdup(o->preload);
	setenv("LD_PRELOAD", preload, 1);
	setenv(RING_ENV, o->shm_path, 1);
	free(preload);
}

/* Its stdin is empty: the keyboard belongs to the screen. */
static void child_terminal(int slave)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	if (isatty(STDERR_FILENO))
		dup2(slave, STDERR_FILENO);
}

static _Noreturn void child_run(const struct launch_options *o, int go, int error, int slave)
{
	char byte;
	int err;

	while (read(go, &byte, 1) < 0 && errno == EINTR)
		;
	child_environment(o);
	if (slave >= 0)
		child_terminal(slave);
	signal(SIGPIPE, SIG_DFL);
	execvp(o->argv[0], o->argv);
	err = errno;
	if (write(error, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

static int open_terminal(struct launch *l, int *slave)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	struct termios mode;

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	if (openpty(&l->output_fd, slave, NULL, NULL, &size) < 0)
		return -errno;
	fcntl(l->output_fd, F_SETFD, FD_CLOEXEC);
	fcntl(*slave, F_SETFD, FD_CLOEXEC);
	fcntl(l->output_fd, F_SETFL, O_NONBLOCK);
	if (!tcgetattr(*slave, &mode)) {
		mode.c_oflag &= ~(tcflag_t)OPOST;
		tcsetattr(*slave, TCSANOW, &mode);
	}
	l->kept_fd = memfd_create("threadline-output", MFD_CLOEXEC);
	return l->kept_fd < 0 ? -errno : 0;
}

int launch_prepare(struct launch *l, const struct launch_options *o)
{
	int go[2] = {-1, -1}, error[2] = {-1, -1}, slave = -1, err = 0;

	*l = (struct launch){.output_fd = -1, .kept_fd = -1, .go_fd = -1, .error_fd = -1};
	if (pipe2(go, O_CLOEXEC) < 0 || pipe2(error, O_CLOEXEC) < 0)
		err = -errno;
	if (!err && o->on_screen)
		err = open_terminal(l, &slave);
	if (!err) {
		fflush(NULL);
		l->pid = fork();
		if (l->pid < 0)
			err = -errno;
		if (!l->pid) {
			close(go[1]);
			child_run(o, go[0], error[1], slave);
		}
	}
	l->go_fd = go[1];
	l->error_fd = error[0];
	close(go[0]);
	close(error[1]);
	if (slave >= 0)
		close(slave);
	if (err)
		launch_close(l);
	return err;
}

int launch_go(struct launch *l)
{
	int err = 0;
	ssize_t n;

	close(l->go_fd);
	l->go_fd = -1;
	do
		n = read(l->error_fd, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	close(l->error_fd);
	l->error_fd = -1;
	if (n != (ssize_t)sizeof(err))
		return 0;
	waitpid(l->pid, &l->status, 0);
	l->ended = true;
	return -err;
}

static void launch_collect(struct launch *l)
{
	char buf[4096];
	ssize_t n;

	if (l->output_fd < 0)
		return;
	while ((n = read(l->output_fd, buf, sizeof(buf))) > 0)
		if (write(l->kept_fd, buf, (size_t)n) < 0)
			return;
}

bool launch_ended(struct launch *l)
{
	if (!l->ended && l->pid > 0 && waitpid(l->pid, &l->status, WNOHANG) == l->pid)
		l->ended = true;
	launch_collect(l);
	return l->ended;
}

int launch_exit_status(const struct launch *l)
{
	return WIFSIGNALED(l->status) ? 128 + WTERMSIG(l->status) : WEXITSTATUS(l->status);
}

void launch_end(struct launch *l, u64 now)
{
	if (launch_ended(l))
		return;
	if (!l->asked)
		kill(l->pid, SIGTERM);
	else if (now > l->asked + END_PATIENCE)
		kill(l->pid, SIGKILL);
	if (!l->asked)
		l->asked = now;
}

void launch_print_output(struct launch *l)
{
	char buf[4096];
	ssize_t n;

	if (l->kept_fd < 0)
		return;
	launch_collect(l);
	for (off_t at = 0; (n = pread(l->kept_fd, buf, sizeof(buf), at)) > 0; at += n)
		fwrite(buf, 1, (size_t)n, stdout);
	fflush(stdout);
}

size_t launch_tail(struct launch *l, char *buf, size_t size)
{
	off_t end;
	ssize_t n;

	buf[0] = 0;
	if (l->kept_fd < 0)
		return 0;
	end = lseek(l->kept_fd, 0, SEEK_END);
	n = pread(l->kept_fd, buf, size - 1, MAX(end - (off_t)size + 1, 0));
	buf[MAX(n, 0)] = 0;
	return (size_t)MAX(n, 0);
}

void launch_close(struct launch *l)
{
	int fds[] = {l->go_fd, l->error_fd, l->output_fd, l->kept_fd};

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	l->go_fd = l->error_fd = l->output_fd = l->kept_fd = -1;
}
