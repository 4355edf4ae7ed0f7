/* SPDX-License-Identifier: MIT */
/*
 * A queue between processes. What is put goes into the producer's own memory first; a feeder
 * thread carries it from there into a pipe, which holds little. Or: the queue lives in a process
 * of its own, a manager, that the others ask over sockets.
 */
#include "channel.h"
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ITEM 1024 /* bytes; a pipe takes and gives it whole */
#define PIPE 4096 /* bytes that the pipe holds */

struct item {
	long number;
	char load[ITEM - sizeof(long)];
};

/* a queue over a pipe */

struct pipe_queue {
	int fds[2];
	int begin[2];          /* the consumer begins when this is closed */
	struct channel buffer; /* the producer's */
	pthread_t feeder;
};

static void tell_in_flight(struct pipe_queue *q)
{
	int bytes = 0;

	ioctl(q->fds[1], FIONREAD, &bytes);
	tl_counter(q->fds, (uint64_t)bytes);
}

static void *feed(void *arg)
{
	struct pipe_queue *q = arg;
	struct item item = {0};

	while (!channel_get(&q->buffer, &item.number, CHANNEL_FOREVER)) {
		scenario_write(q->fds[1], &item, sizeof(item));
		tell_in_flight(q);
	}
	close(q->fds[1]);
	return NULL;
}

static void start_producing(struct pipe_queue *q, double pause)
{
	close(q->fds[0]);
	close(q->begin[1]);
	tl_name(q->fds, "bytes in flight");
	channel_open(&q->buffer, "buffer", 0, false);
	q->feeder = scenario_thread("feeder", feed, q);
	for (long i = 1; i <= scenario_param("items"); i++) {
		scenario_pause(pause);
		channel_put(&q->buffer, i, CHANNEL_FOREVER);
	}
	channel_close(&q->buffer);
}

static int produce_and_join(void *arg)
{
	struct pipe_queue *q = arg;

	start_producing(q, 0.02);
	scenario_say("all is put; the producer waits for its feeder");
	pthread_join(q->feeder, NULL);
	channel_free(&q->buffer);
	return 0;
}

static int produce_and_leave(void *arg)
{
	start_producing(arg, 0.02);
	scenario_say("all is put, and the producer leaves: what is in its buffer goes with it");
	return 0;
}

/* Its exit status: how many came. */
static int consume(void *arg)
{
	struct pipe_queue *q = arg;
	struct item item;
	char byte;
	int n = 0;

	close(q->fds[1]);
	close(q->begin[1]);
	scenario_read(q->begin[0], &byte, 1);
	while (scenario_read(q->fds[0], &item, sizeof(item))) {
		scenario_pause(0.06);
		n++;
	}
	return n;
}

static int run_pipe(int (*produce)(void *), bool consumer_comes_late)
{
	int put = (int)scenario_param("items"), got;
	pid_t producer, consumer;
	struct pipe_queue q;

	scenario_must(pipe(q.fds) || pipe(q.begin) ? errno : 0, "make a pipe");
	fcntl(q.fds[1], F_SETPIPE_SZ, PIPE);
	consumer = scenario_process("consumer", consume, &q);
	producer = scenario_process("producer", produce, &q);
	close(q.fds[1]);
	if (!consumer_comes_late)
		close(q.begin[1]);
	scenario_truth("process.producer.exit_code=%d", scenario_wait(producer));
	if (consumer_comes_late)
		close(q.begin[1]);
	got = scenario_wait(consumer);
	scenario_say("put=%d got=%d lost=%d", put, got, put - got);
	scenario_truth("process.consumer.exit_code=%d processes=3 queue.buffer.puts=%d", got, put);
	scenario_truth("thread.feeder.count=1");
	return 0;
}

static int run_queue(void)
{
	scenario_say("a queue over a pipe: the feeder is joined");
	return run_pipe(produce_and_join, false);
}

static int run_cancel_join(void)
{
	scenario_say("a queue over a pipe: nobody waits for the feeder");
	return run_pipe(produce_and_leave, true);
}

/* a manager: one process has the queue, the others ask it, one question at a time */

#define CLIENTS 3 /* two producers and a consumer */

enum question { PUT, GET };

struct message {
	enum question question;
	long number;
};

struct client {
	const char *name;
	int fd, manager_fd;
	long asked;
};

static struct client clients[CLIENTS] = {
	{"producer-1", -1, -1, 0}, {"producer-2", -1, -1, 0}, {"consumer", -1, -1, 0}};

/* A round trip: the question there, the answer back. False where the manager is gone. */
static bool ask(struct client *c, struct message *m)
{
	c->asked++;
	scenario_write(c->fd, m, sizeof(*m));
	return scenario_read(c->fd, m, sizeof(*m));
}

static void keep_only(const struct client *own)
{
	for (int i = 0; i < CLIENTS; i++) {
		close(clients[i].manager_fd);
		if (&clients[i] != own)
			close(clients[i].fd);
	}
}

static int client_produce(void *arg)
{
	struct client *c = arg;

	keep_only(c);
	for (long i = 1; i <= scenario_param("items"); i++) {
		struct message m = {PUT, i};

		scenario_pause(0.03);
		if (!ask(c, &m))
			return 255;
	}
	return (int)c->asked;
}

static int client_consume(void *arg)
{
	struct client *c = arg;

	keep_only(c);
	for (long i = 2 * scenario_param("items"); i > 0; i--) {
		struct message m = {GET, 0};

		if (!ask(c, &m))
			return 255;
		scenario_pause(0.02);
	}
	return (int)c->asked;
}

static void answer(const struct client *c, long number)
{
	struct message m = {PUT, number};

	scenario_write(c->manager_fd, &m, sizeof(m));
}

/* Who wants an item while there is none gets his answer when there is. */
static void serve(struct channel *queue, struct client *c, struct client **waiting)
{
	struct message m;
	long number;

	if (!scenario_read(c->manager_fd, &m, sizeof(m))) {
		close(c->manager_fd);
		c->manager_fd = -1;
		return;
	}
	c->asked++;
	if (m.question == PUT) {
		channel_put(queue, m.number, CHANNEL_FOREVER);
		answer(c, 0);
	} else {
		*waiting = c;
	}
	if (*waiting && !channel_get(queue, &number, CHANNEL_NOWAIT)) {
		answer(*waiting, number);
		*waiting = NULL;
	}
}

static int manage(void *arg)
{
	struct client *waiting = NULL;
	struct channel queue;
	long served = 0;
	int open = CLIENTS;

	(void)arg;
	for (int i = 0; i < CLIENTS; i++)
		close(clients[i].fd);
	channel_open(&queue, "managed", 0, false);
	while (open) {
		struct pollfd fds[CLIENTS];

		for (int i = 0; i < CLIENTS; i++)
			fds[i] = (struct pollfd){clients[i].manager_fd, POLLIN, 0};
		scenario_must(poll(fds, CLIENTS, -1) < 0 && errno != EINTR ? errno : 0, "poll");
		for (int i = 0; i < CLIENTS; i++)
			if (fds[i].revents)
				serve(&queue, &clients[i], &waiting);
		open = 0;
		for (int i = 0; i < CLIENTS; i++)
			open += clients[i].manager_fd >= 0;
	}
	for (int i = 0; i < CLIENTS; i++)
		served += clients[i].asked;
	scenario_say("the manager has answered %ld questions", served);
	scenario_truth("answered=%ld put=%ld got=%ld", served, queue.puts, queue.gets);
	channel_free(&queue);
	return 0;
}

static int run_manager(void)
{
	int (*const bodies[CLIENTS])(void *) = {client_produce, client_produce, client_consume};
	pid_t manager, children[CLIENTS];
	int asked = 0, items = (int)scenario_param("items");

	scenario_say("a manager process has the queue; the others ask it over sockets");
	for (int i = 0; i < CLIENTS; i++) {
		int pair[2];

		scenario_must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ? errno : 0,
			"make a pair of sockets");
		clients[i].fd = pair[0];
		clients[i].manager_fd = pair[1];
	}
	manager = scenario_process("manager", manage, NULL);
	for (int i = 0; i < CLIENTS; i++)
		children[i] = scenario_process(clients[i].name, bodies[i], &clients[i]);
	keep_only(NULL);
	for (int i = 0; i < CLIENTS; i++)
		asked += scenario_wait(children[i]);
	scenario_truth(
		"process.manager.exit_code=%d processes=%d", scenario_wait(manager), CLIENTS + 2);
	scenario_truth("asked=%d items=%d queue.managed.puts=%d queue.managed.gets=%d", asked,
		items, 2 * items, 2 * items);
	return 0;
}

static const struct scenario_variant variants[] = {
	{"queue", N_("a feeder thread fills a small pipe; it is joined, nothing is lost"), NULL,
		NULL, run_queue},
	{"cancel-join", N_("the producer ends before its feeder is done: items are lost"), NULL,
		NULL, run_cancel_join},
	{"manager", N_("one process has the queue and answers the others"), NULL, NULL,
		run_manager},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"items", 25, 10, 80, N_("how many items each producer puts")},
	{0},
};

const struct scenario scenario_pipequeue = {
	.name = "pipequeue",
	.title = N_("A queue between processes"),
	.teaches = N_(
		"Processes share no memory: a queue between them is a pipe with a buffer and a "
		"feeder thread in front, or a process that serves it. In Python: "
		"multiprocessing.Queue: close, join_thread, cancel_join_thread; Manager().Queue."),
	.variants = variants,
	.parameters = parameters,
};
