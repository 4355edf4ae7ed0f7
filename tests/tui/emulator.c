/* SPDX-License-Identifier: MIT */
#include "emulator.h"

#include "core/fmt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE 60 /* seconds */

struct pty_told {
	pid_t pid;
	int status;
};

static int on_prop(VTermProp prop, VTermValue *value, void *user)
{
	struct pty *p = user;

	if (prop == VTERM_PROP_ALTSCREEN)
		p->alternate = value->boolean;
	if (prop == VTERM_PROP_CURSORVISIBLE)
		p->cursor = value->boolean;
	if (prop == VTERM_PROP_MOUSE)
		p->mouse = value->number;
	return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_prop};

static void environment(const char *const *env)
{
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("NO_COLOR");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	for (; env && *env; env++) {
		if (strchr(*env, '='))
			putenv(strdup(*env));
		else
			unsetenv(*env);
	}
}

static _Noreturn void program(const char *const *argv)
{
	signal(SIGTTOU, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* In the session of the terminal: starts the program, hands it the terminal, tells of its ends. */
static _Noreturn void shell(int told, int go_on, const char *const *argv)
{
	struct pty_told t;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (read(go_on, &c, 1) != 1) /* until the terminal was looked at */
		_exit(0);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* of a terminal that vanishes: it has to tell how that ended */
	t.pid = fork();
	if (t.pid == 0) {
		setpgid(0, 0);
		tcsetpgrp(STDIN_FILENO, getpid());
		close(told);
		close(go_on);
		program(argv);
	}
	t.status = -1;
	if (write(told, &t, sizeof(t)) != sizeof(t))
		_exit(1);
	for (;;) {
		if (waitpid(t.pid, &t.status, WUNTRACED) != t.pid)
			_exit(1);
		tcsetpgrp(STDIN_FILENO, getpgrp());
		if (write(told, &t, sizeof(t)) != sizeof(t) || !WIFSTOPPED(t.status))
			_exit(0);
		if (read(go_on, &c, 1) != 1)
			_exit(0);
		tcsetpgrp(STDIN_FILENO, t.pid);
		kill(-t.pid, SIGCONT);
	}
}

static int go_on_fd = -1;

void pty_start(
	struct pty *p, int width, int height, const char *const *env, const char *const *argv)
{
	struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};
	int told[2], go_on[2];
	struct pty_told t;

	memset(p, 0, sizeof(*p));
	p->width = width;
	p->height = height;
	p->cursor = true;
	assert_return_code(pipe2(told, O_CLOEXEC), errno);
	assert_return_code(pipe2(go_on, O_CLOEXEC), errno);
	p->shell = forkpty(&p->master, NULL, NULL, &size);
	assert_return_code(p->shell, errno);
	if (p->shell == 0) {
		close(told[0]);
		close(go_on[1]);
		environment(env);
		shell(told[1], go_on[0], argv);
	}
	close(told[1]);
	close(go_on[0]);
	p->told_fd = told[0];
	go_on_fd = go_on[1];
	tcgetattr(p->master, &p->before);
	assert_int_equal(write(go_on_fd, "c", 1), 1);
	p->vt = vterm_new(height, width);
	vterm_set_utf8(p->vt, 1);
	p->screen = vterm_obtain_screen(p->vt);
	vterm_screen_set_callbacks(p->screen, &callbacks, p);
	vterm_screen_enable_altscreen(p->screen, 1);
	vterm_screen_reset(p->screen, 1);
	assert_int_equal(read(p->told_fd, &t, sizeof(t)), sizeof(t));
	p->program = t.pid;
}

void pty_type(struct pty *p, const char *bytes)
{
	size_t n = strlen(bytes);

	assert_int_equal(write(p->master, bytes, n), n);
}

void pty_resize(struct pty *p, int width, int height)
{
	struct winsize size = {.ws_col = (unsigned short)width, .ws_row = (unsigned short)height};

	p->width = width;
	p->height = height;
	vterm_set_size(p->vt, height, width);
	assert_return_code(ioctl(p->master, TIOCSWINSZ, &size), errno);
}

void pty_signal(struct pty *p, int sig)
{
	assert_return_code(kill(p->program, sig), errno);
}

void pty_continue(struct pty *p)
{
	p->stopped = false;
	assert_int_equal(write(go_on_fd, "c", 1), 1);
}

static void raw_keep(struct pty *p, const char *bytes, size_t n)
{
	if (p->raw_n + n >= sizeof(p->raw))
		p->raw_n = 0;
	memcpy(p->raw + p->raw_n, bytes, n);
	p->raw_n += n;
	p->raw[p->raw_n] = 0;
}

static void pty_told(struct pty *p)
{
	struct pty_told t;

	if (read(p->told_fd, &t, sizeof(t)) != sizeof(t))
		return;
	p->status = t.status;
	p->stopped = WIFSTOPPED(t.status);
	p->ended = !p->stopped;
}

/* What has come from the program and from the shell, within ms. */
static void pty_pump(struct pty *p, int ms)
{
	struct pollfd fds[] = {
		{.fd = p->master, .events = POLLIN}, {.fd = p->told_fd, .events = POLLIN}};
	char buf[16384];

	if (poll(fds, 2, ms) <= 0)
		return;
	if (fds[0].revents) {
		ssize_t n = read(p->master, buf, sizeof(buf));

		if (n > 0) {
			raw_keep(p, buf, (size_t)n);
			vterm_input_write(p->vt, buf, (size_t)n);
		}
		while (vterm_output_get_buffer_current(p->vt)) {
			size_t out = vterm_output_read(p->vt, buf, sizeof(buf));

			if (write(p->master, buf, out) < 0)
				break;
		}
	}
	if (fds[1].revents & POLLIN)
		pty_told(p);
}

const char *pty_row(struct pty *p, int row)
{
	static char text[4 * 512 + 1];
	size_t n = 0, end = 0;

	for (int col = 0; col < p->width; col++) {
		VTermScreenCell cell;
		VTermPos at = {.row = row, .col = col};

		if (!vterm_screen_get_cell(p->screen, at, &cell))
			continue;
		if (cell.chars[0] == (uint32_t)-1)
			continue;
		n += fmt_utf8_encode(text + n, cell.chars[0] ? cell.chars[0] : ' ');
		if (cell.chars[0] && cell.chars[0] != ' ')
			end = n;
	}
	text[end] = 0;
	return text;
}

static bool has_text(struct pty *p, const char *text)
{
	for (int row = 0; row < p->height; row++)
		if (strstr(pty_row(p, row), text))
			return true;
	return false;
}

static u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static _Noreturn void gave_up(struct pty *p, const char *what, const char *text)
{
	fprintf(stderr, "waited in vain: %s %s (ended %d, status 0x%x)\n", what, text, p->ended,
		p->status);
	for (int row = 0; row < p->height; row++)
		fprintf(stderr, "|%s\n", pty_row(p, row));
	fail();
	abort();
}

#define WAIT(condition, what, text)                                       \
	do {                                                              \
		u64 until = now() + PATIENCE * NSEC_PER_SEC;              \
		while (!(condition)) {                                    \
			if (now() > until || (p->ended && !poll_more(p))) \
				if (!(condition))                         \
					gave_up(p, what, text);           \
			pty_pump(p, 20);                                  \
		}                                                         \
	} while (0)

/* After its end there may still be something to read. */
static bool poll_more(struct pty *p)
{
	struct pollfd fd = {.fd = p->master, .events = POLLIN};

	if (poll(&fd, 1, 100) <= 0 || !(fd.revents & POLLIN))
		return false;
	pty_pump(p, 0);
	return true;
}

void pty_wait_text(struct pty *p, const char *text)
{
	WAIT(has_text(p, text), "the text", text);
}

void pty_wait_no_text(struct pty *p, const char *text)
{
	WAIT(!has_text(p, text), "no longer the text", text);
}

void pty_wait_row(struct pty *p, int row, const char *text)
{
	WAIT(strstr(pty_row(p, row), text), "in its row the text", text);
}

void pty_wait_ended(struct pty *p)
{
	WAIT(p->ended, "its end", "");
	while (poll_more(p))
		;
}

void pty_wait_stopped(struct pty *p)
{
	WAIT(p->stopped, "its stop", "");
	while (poll_more(p))
		;
}

void pty_wait(struct pty *p, bool (*is)(struct pty *p), const char *what)
{
	WAIT(is(p), what, "");
}

void pty_assert_restored(struct pty *p)
{
	struct termios after;

	assert_return_code(tcgetattr(p->master, &after), errno);
	assert_int_equal(after.c_lflag, p->before.c_lflag);
	assert_int_equal(after.c_iflag, p->before.c_iflag);
	assert_int_equal(after.c_oflag, p->before.c_oflag);
	assert_false(p->alternate);
	assert_true(p->cursor);
	assert_int_equal(p->mouse, VTERM_PROP_MOUSE_NONE);
}

static bool is_writing(pid_t pid)
{
	char path[64];
	int call = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	if (fscanf(f, "%d", &call) != 1)
		call = -1;
	fclose(f);
	return call == SYS_write;
}

void pty_wait_choked(struct pty *p)
{
	u64 until = now() + PATIENCE * NSEC_PER_SEC;

	for (int times = 0, i = 0; times < 20; i++) {
		if (now() > until)
			gave_up(p, "that it waits in a write", "");
		usleep(10000);
		times = is_writing(p->program) ? times + 1 : 0;
		if (!times) /* all is drawn anew */
			pty_resize(p, p->width + (i % 2 ? 1 : -1), p->height);
	}
}

void pty_wait_ended_unread(struct pty *p)
{
	struct pollfd fd = {.fd = p->told_fd, .events = POLLIN};

	while (!p->ended) {
		if (poll(&fd, 1, PATIENCE * 1000) <= 0)
			gave_up(p, "its end", "");
		pty_told(p);
	}
	while (poll_more(p))
		;
}

void pty_hang_up(struct pty *p)
{
	close(p->master);
	p->master = -1;
}

void pty_end(struct pty *p)
{
	if (!p->ended) {
		kill(p->program, SIGKILL);
		kill(p->program, SIGCONT);
	}
	kill(p->shell, SIGKILL);
	waitpid(p->shell, NULL, 0);
	if (p->master >= 0)
		close(p->master);
	close(p->told_fd);
	close(go_on_fd);
	vterm_free(p->vt);
}
