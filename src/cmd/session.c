/* SPDX-License-Identifier: MIT */
#include "cmd/session.h"

#include "cmd/command.h"
#include "cmd/inquire.h"
#include "cmd/keep.h"
#include "cmd/naming.h"
#include "cmd/rungs.h"
#include "model/store.h"
#include "core/fmt.h"
#include "core/lang.h"
#include "core/log.h"
#include "core/unread.h"
#include "source/proc_read.h"
#include "shim/ring.h"
#include "source/shim.h"
#include "trace/recording.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define HOLD_BACK   (5 * NSEC_PER_MSEC) /* events may come this late and still find their place */
#define TURN_MS     10
#define FEED_BATCH  8192 /* events modelled under one hold of the lock */
#define READER_NICE -10
#define SHIM_GRACE  (500 * NSEC_PER_MSEC) /* a program that loads the shim has done so by then */
#define SHIM_BYTES  (1ull << 30)          /* of address space; memory is used as rings are */
#define LOOK_EVERY  (50 * NSEC_PER_MSEC)  /* whether what is watched has ended */
#define RATE_EVERY  (500 * NSEC_PER_MSEC)

struct session {
	struct target target;
	pthread_mutex_t lock; /* guards pipeline, trace and what status() reads */
	pthread_t thread;
	bool running;
	atomic_bool stop, ended;

	struct order *order;
	struct store store;
	u64 paced, paced_at; /* events of the shim as of then */
	struct pipeline pipe;
	struct recording_writer *writer;
	int write_error;
	const char *output;
	struct keep keep;
	struct rungs rungs;
	struct launch launch;
	struct naming naming;
	struct inquiry inquiry; /* the screen's thread's own */
	bool launched;
	char shm_path[128];
	u64 started, until, went; /* until 0: no limit; went: when the program was let go */
	u64 looked, ended_at;
	u64 rate_at, rate_events, cpu_at;
	char title[192], note[640], tail[4096], message[256], next[64];
};

static volatile sig_atomic_t session_signal;

static void on_signal(int number)
{
	session_signal = number;
	unread_leave(number);
}

int session_asked(void)
{
	return session_signal;
}

static void on_keep(int number)
{
	(void)number;
	keep_ask();
}

static void catch_signals(bool keeps)
{
	struct sigaction sa = {.sa_handler = on_signal}, keep = {.sa_handler = on_keep};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	if (keeps)
		sigaction(SIGUSR1, &keep, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static u64 thread_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * NSEC_PER_SEC + (u64)ts.tv_nsec;
}

static void session_write(struct session *s, const struct event *events, size_t n)
{
	int err;

	if (!s->writer || s->write_error)
		return;
	err = recording_add(s->writer, events, n);
	if (!err)
		err = recording_tick(s->writer, source_now());
	if (!err)
		return;
	s->write_error = err;
	snprintf(s->message, sizeof(s->message),
		tr("recording stopped: %s: %s; what was written before is whole"), s->output,
		strerror(-err));
	log_note(LOG_ERROR, "%s", s->message);
}

static void session_take(struct session *s, const struct event *events, size_t n)
{
	session_write(s, events, n);
	while (n) {
		size_t batch = MIN(n, (size_t)FEED_BATCH);

		pthread_mutex_lock(&s->lock);
		keep_take(&s->keep, &s->pipe, events, batch);
		pipeline_feed(&s->pipe, events, batch);
		store_take(&s->store, s->pipe.model, events, batch);
		pthread_mutex_unlock(&s->lock);
		events += batch;
		n -= batch;
	}
}

/*
 * How much is seen of locks turns out only as the program runs: a static one loads no shim. On a
 * busy machine one that does may come to it late, so the judgement can be taken back; at the end it
 * stands, however short the session was.
 */
static void session_judge_locks(struct session *s, u64 now, bool final)
{
	struct session_info *info = &s->pipe.model->info;

	if (info->locks == LOCKS_ALL && rungs_gave_up(&s->rungs, s->note, sizeof(s->note))) {
		info->locks = LOCKS_CONTENDED;
		log_note(LOG_WARN, "%s", s->note);
	}
	if (!s->note[0] && rungs_children(&s->rungs, s->pipe.model, s->note, sizeof(s->note)))
		log_note(LOG_WARN, "%s", s->note);
	if (s->rungs.locks != LOCKS_ALL || !s->went || (!final && now < s->went + SHIM_GRACE))
		return;
	if (rungs_events(&s->rungs, SOURCE_BIT_SHIM)) {
		if (info->locks != LOCKS_ALL)
			rungs_note(&s->rungs, s->note, sizeof(s->note));
		info->locks = LOCKS_ALL;
		info->sources |= SOURCE_BIT_SHIM;
	} else if (info->locks == LOCKS_ALL) {
		info->locks = LOCKS_CONTENDED;
		info->sources &= ~(u32)SOURCE_BIT_SHIM;
		snprintf(s->note, sizeof(s->note),
			tr("the program did not load the shim (static, or setuid): only waits that "
			   "block are seen"));
	}
}

static void session_rate(struct session *s, u64 now)
{
	struct session_info *info = &s->pipe.model->info;
	u64 cpu, events = s->pipe.model->events;

	if (now < s->rate_at + RATE_EVERY)
		return;
	cpu = thread_cpu_ns();
	if (s->rate_at) {
		u64 span = now - s->rate_at;

		info->events_per_s = (events - s->rate_events) * NSEC_PER_SEC / span;
		info->reader_cpu_ppm = (cpu - s->cpu_at) * 1000000 / span;
	}
	s->rate_at = now;
	s->rate_events = events;
	s->cpu_at = cpu;
	rungs_cost(&s->rungs, info, now - s->started);
	info->late = order_late(s->order);
}

static void session_turn(struct session *s, bool final)
{
	const struct event *events;
	u64 now = source_now(), complete = rungs_drain(&s->rungs, s->order, now);
	u64 before = final ? ~0ull : complete - MIN(complete, HOLD_BACK); /* 0: not known yet */
	size_t n = order_release(s->order, before, &events);

	session_take(s, events, n);
	if (s->writer && !s->write_error)
		session_write(s, NULL, 0);
	pthread_mutex_lock(&s->lock);
	pipeline_advance(&s->pipe, final ? now : before);
	if (s->ended && before > s->ended_at)
		pipeline_ended(&s->pipe);
	keep_turn(&s->keep, &s->pipe);
	session_judge_locks(s, now, final);
	session_rate(s, now);
	if (!final && s->target.kind != TARGET_SYSTEM)
		naming_turn(&s->naming, s->pipe.model, s->order, now);
	if (s->launched)
		launch_tail(&s->launch, s->tail, sizeof(s->tail));
	pthread_mutex_unlock(&s->lock);
}

static bool session_target_ended(struct session *s)
{
	struct proc_stat stat;
	u64 now = source_now();

	if (s->launched)
		return launch_ended(&s->launch);
	if (!s->target.pid || now < s->looked + LOOK_EVERY)
		return false;
	s->looked = now;
	return (kill((pid_t)s->target.pid, 0) < 0 && errno == ESRCH) ||
	       (!proc_stat(s->target.pid, 0, &stat) && proc_is_remains(&stat));
}

/*
 * A program's threads tell what they do in rings of RING_EVENTS, and wake nobody: where much comes,
 * the next look is due before the one that tells most could have filled a quarter of its own.
 */
static int session_pause(struct session *s)
{
	u64 now = source_now(), told = rungs_events(&s->rungs, SOURCE_BIT_SHIM);
	u64 span = now - s->paced_at, n = told - s->paced;
	u64 ms = n ? span * (RING_EVENTS / 4) / n / NSEC_PER_MSEC : TURN_MS;

	s->paced = told;
	s->paced_at = now;
	return (int)MIN(MAX(ms, (u64)1), (u64)TURN_MS);
}

/*
 * Where all CPUs are busy, what is told is lost if nobody reads it in time. Where few events come
 * this changes nothing; without the right to it the thread stays one among others.
 */
static void session_prefer(void)
{
	setpriority(PRIO_PROCESS, (id_t)gettid(), READER_NICE);
}

/* The session ends before what it launched is ended: its last picture is not that of the ending. */
static void *session_loop(void *ctx)
{
	struct session *s = ctx;

	unread_writer();
	session_prefer();
	while (!s->stop) {
		session_turn(s, false);
		if (!s->ended && session_target_ended(s)) {
			s->ended_at = source_now();
			s->ended = true;
		}
		rungs_wait(&s->rungs, session_pause(s));
	}
	/* what the program's end itself gave, and what waited for its clock to be read once more */
	session_turn(s, false);
	rungs_wait(&s->rungs, TURN_MS);
	session_turn(s, true);
	return NULL;
}

/* Ends what was launched and still runs, and waits for it. */
static void session_end_program(struct session *s)
{
	while (s->launched && !launch_ended(&s->launch)) {
		launch_end(&s->launch, source_now());
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
}

static int session_launch(
	struct session *s, const struct options *o, bool on_screen, struct source_target *st)
{
	struct launch_options lo = {.argv = s->target.argv, .on_screen = on_screen};
	bool shim = o->locks == WISH_AUTO || o->locks == WISH_ALL;
	int err;

	if (shim && shim_library_path()) {
		err = shim_channel_create(s->shm_path, sizeof(s->shm_path), o->pace,
			s->target.kind == TARGET_SCENARIO);
		if (err)
			log_note(LOG_WARN, "no shared memory for the shim: %s", strerror(-err));
		else
			lo.preload = shim_library_path();
	}
	lo.shm_path = s->shm_path;
	err = launch_prepare(&s->launch, &lo);
	if (err)
		return could_not("cannot start %s: %s", s->target.argv[0], strerror(-err));
	s->launched = true;
	st->pid = s->target.pid = (u32)s->launch.pid;
	st->launched = true;
	st->shm_path = lo.preload ? s->shm_path : NULL;
	if (o->pace && !lo.preload)
		log_note(LOG_WARN, tr("--pace does nothing: the shim is not loaded"));
	return 0;
}

static int session_go(struct session *s)
{
	int err = launch_go(&s->launch);

	s->went = source_now();
	if (!err)
		return 0;
	could_not("cannot run %s: %s", s->target.argv[0], strerror(-err));
	return err == -ENOENT || err == -ENOTDIR ? 127 : 126;
}

static void session_info_fill(struct session *s, const struct options *o, struct session_info *info)
{
	session_info_init(info);
	info->start_ns = s->started;
	target_tell(&s->target, info);
	if (o->with_args)
		target_args(&s->target, info->args, sizeof(info->args));
	info->pace_ns = o->pace;
	if (s->target.kind == TARGET_SCENARIO && o->speed != 1)
		info->speed_ppm = (u64)(o->speed * 1e6);
	info->sources = rungs_bits(&s->rungs);
	info->locks = rungs_locks(&s->rungs);
}

static int session_open_writer(
	struct session *s, const struct options *o, const struct session_info *info)
{
	int err;

	s->output = o->output;
	if (!o->output)
		return 0;
	if (o->keep)
		return keep_open(&s->keep, o);
	err = recording_create(&s->writer, o->output, info);
	if (!err)
		return 0;
	s->writer = NULL;
	return could_not("cannot write %s: %s; choose another with -o FILE", o->output,
		recording_problem(err));
}

static void session_titles(struct session *s)
{
	if (s->target.pid)
		snprintf(s->title, sizeof(s->title), "%s  pid %u", s->target.name, s->target.pid);
	else
		snprintf(s->title, sizeof(s->title), "%s", s->target.name);
	rungs_note(&s->rungs, s->note, sizeof(s->note));
	if (s->note[0])
		log_note(LOG_WARN, "%s", s->note);
}

static int session_open(struct session *s, const struct options *o, bool on_screen, FILE *plain)
{
	struct source_target st = {
		.kind = s->target.kind, .pid = s->target.pid, .stacks = o->stacks};
	struct session_info info;
	int status = 0;

	if (s->target.argv)
		status = session_launch(s, o, on_screen, &st);
	if (status)
		return status;
	s->started = source_now();
	status = rungs_open(&s->rungs, o, &st);
	if (status)
		return status;
	session_info_fill(s, o, &info);
	session_titles(s);
	status = session_open_writer(s, o, &info);
	if (status)
		return status;
	s->order = order_new();
	s->store.limit = o->memory ? o->memory : STORE_MEMORY;
	s->store.limit /= o->keep ? 2 : 1;
	s->store.trace = on_screen ? trace_new() : NULL; /* nobody else looks at single events */
	pipeline_open(&s->pipe, &info, plain);
	if (on_screen && s->target.lesson)
		s->pipe.story = story_new(s->pipe.model, s->target.lesson->lesson);
	naming_open(&s->naming);
	return 0;
}

int session_start(struct session **out, const struct target *target, const struct options *o,
	bool on_screen, FILE *plain)
{
	struct session *s = mem_alloc(sizeof(*s));
	int status;

	*out = s;
	s->target = *target;
	s->launch = (struct launch){.go_fd = -1, .error_fd = -1, .output_fd = -1, .kept_fd = -1};
	pthread_mutex_init(&s->lock, NULL);
	catch_signals(o->keep);
	status = session_open(s, o, on_screen, plain);
	if (!status && s->launched)
		status = session_go(s);
	if (status)
		return status;
	if (o->duration)
		s->until = source_now() + o->duration;
	if (pthread_create(&s->thread, NULL, session_loop, s))
		die("cannot start a thread");
	s->running = true;
	return 0;
}

static bool session_done(void *ctx)
{
	struct session *s = ctx;

	return session_signal || (s->until && source_now() >= s->until);
}

bool session_over(struct session *s)
{
	return session_done(s) || s->ended;
}

void session_wait(struct session *s)
{
	while (!session_over(s))
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void session_lock(void *ctx)
{
	pthread_mutex_lock(&((struct session *)ctx)->lock);
}

static void session_unlock(void *ctx)
{
	pthread_mutex_unlock(&((struct session *)ctx)->lock);
}

static void session_status(void *ctx, struct ui_status *status)
{
	struct session *s = ctx;
	const struct session_info *info = &s->pipe.model->info;
	u64 cost = info->reader_cpu_ppm;

	if (info->probe_cpu_ppm != TIME_UNKNOWN)
		cost += info->probe_cpu_ppm;
	*status = (struct ui_status){
		.title = s->title,
		.rung = rungs_word(info->sources),
		.rung_note = s->note,
		.recording = s->writer && !s->write_error ? s->output : NULL,
		.live = true,
		.ended = s->ended,
		.known_from = MAX(s->store.known_from, s->keep.known_from),
		.trace = s->store.trace,
		.event_text = synth_print,
		.events_per_s = (double)info->events_per_s,
		.cost = info->reader_cpu_ppm == TIME_UNKNOWN ? -1 : (double)cost / 1e6,
		.output = s->launched ? s->tail : NULL,
		.message = s->message[0]        ? s->message
			   : s->keep.message[0] ? s->keep.message
						: NULL,
		.story = s->pipe.story,
		.lesson = s->target.lesson,
	};
}

static bool session_inquire(void *ctx, u32 pid, u32 tid, struct info_lines *lines)
{
	return inquire(&((struct session *)ctx)->inquiry, pid, tid, lines);
}

void session_host(struct session *s, struct tui_host *host)
{
	*host = (struct tui_host){.ctx = s,
		.model = s->pipe.model,
		.findings = s->pipe.findings,
		.lock = session_lock,
		.unlock = session_unlock,
		.status = session_status,
		.inquire = session_inquire,
		.done = session_done};
}

int session_show(struct session *s, const struct options *o)
{
	struct ui_options ui = screen_options(o);
	struct tui_host host;
	int err;

	session_host(s, &host);
	ui.follow = true;
	err = tui_run(&host, &ui, false);
	snprintf(s->next, sizeof(s->next), "%s", host.next);
	return err;
}

const char *session_next(const struct session *s)
{
	return s->next;
}

static void session_conclude(struct session *s)
{
	struct session_info *info = &s->pipe.model->info;
	u64 wall = MAX(source_now() - s->started, 1);

	info->end_ns = s->pipe.model->now;
	info->events_per_s = s->pipe.model->events * NSEC_PER_SEC / wall;
	if (s->launched) {
		info->exit_code = WIFEXITED(s->launch.status) ? WEXITSTATUS(s->launch.status) : -1;
		info->signal = WIFSIGNALED(s->launch.status) ? WTERMSIG(s->launch.status) : 0;
	}
	if (s->rungs.locks == LOCKS_ALL && info->locks != LOCKS_ALL)
		log_note(LOG_WARN, "%s", s->note);
	pipeline_finish(&s->pipe);
}

int session_stop(struct session *s)
{
	int err = 0;

	if (!s->running)
		return 0;
	s->stop = true;
	pthread_join(s->thread, NULL);
	s->running = false;
	session_end_program(s);
	pthread_mutex_lock(&s->lock); /* a screen may show it still */
	session_conclude(s);
	keep_end(&s->keep, &s->pipe);
	if (s->writer)
		err = recording_finish(s->writer, &s->pipe.model->info);
	s->writer = NULL;
	s->ended = true;
	pthread_mutex_unlock(&s->lock);
	rungs_close(&s->rungs);
	if (err && !s->write_error)
		could_not("cannot write %s: %s; what was written before is whole", s->output,
			strerror(-err));
	if (err || s->write_error || s->keep.failed)
		return s->launched ? EXIT_OURS : EXIT_COULD_NOT;
	return s->launched ? launch_exit_status(&s->launch) : 0;
}

const char *session_written(const struct session *s)
{
	return s->keep.ring ? (s->keep.written ? s->keep.path : NULL) : s->output;
}

const struct pipeline *session_result(const struct session *s)
{
	return &s->pipe;
}

void session_print_output(struct session *s)
{
	launch_print_output(&s->launch);
}

/* A child that never came to its exec must not stay behind. */
static void session_reap(struct session *s)
{
	while (s->launched && !launch_ended(&s->launch)) {
		kill(s->launch.pid, SIGKILL);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	launch_close(&s->launch);
}

void session_free(struct session *s)
{
	if (!s)
		return;
	session_stop(s);
	session_reap(s);
	rungs_close(&s->rungs);
	naming_close(&s->naming);
	keep_close(&s->keep);
	if (s->pipe.model)
		pipeline_close(&s->pipe);
	trace_free(s->store.trace);
	order_free(s->order);
	if (s->shm_path[0])
		shim_channel_remove(s->shm_path);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
