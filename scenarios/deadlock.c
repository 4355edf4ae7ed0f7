/* SPDX-License-Identifier: MIT */
/*
 * Two accounts, a lock each. Moving money takes both locks; anna moves from A to B and bert from
 * B to A. Each who takes the lock of the account to be charged first takes them in the opposite
 * order of the other.
 */
#include "stage.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define HOLD 0.3 /* seconds with one lock, before the second */
#define REST 0.1

struct account {
	pthread_mutex_t lock;
	long money;
};

static struct account a = {PTHREAD_MUTEX_INITIALIZER, 100};
static struct account b = {PTHREAD_MUTEX_INITIALIZER, 100};
static pthread_barrier_t moment;
static long attempts[2]; /* of anna, of bert */

static void move_money(struct account *from, struct account *to)
{
	from->money -= 10;
	to->money += 10;
}

/* Lucky as long as the other is not under way. */
static void transfer(struct account *from, struct account *to)
{
	pthread_mutex_lock(&from->lock);
	scenario_pause(HOLD);
	pthread_mutex_lock(&to->lock);
	move_money(from, to);
	pthread_mutex_unlock(&to->lock);
	pthread_mutex_unlock(&from->lock);
}

/* The unlucky moment, made sure of: both have their first lock before either wants its second. */
static void transfer_at_once(struct account *from, struct account *to)
{
	pthread_mutex_lock(&from->lock);
	pthread_barrier_wait(&moment);
	scenario_pause(HOLD);
	pthread_mutex_lock(&to->lock);
	move_money(from, to);
	pthread_mutex_unlock(&to->lock);
	pthread_mutex_unlock(&from->lock);
}

static void *anna_abba(void *arg)
{
	(void)arg;
	transfer(&a, &b);
	scenario_say("anna took A, then B: done");
	pthread_barrier_wait(&moment);
	pthread_barrier_wait(&moment);
	transfer_at_once(&a, &b);
	return NULL;
}

static void *bert_abba(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&moment);
	transfer(&b, &a);
	scenario_say("bert took B, then A: done. The two orders have met only in turn, so far");
	pthread_barrier_wait(&moment);
	transfer_at_once(&b, &a);
	return NULL;
}

/* One order for all: A before B, whichever way the money goes. */
static void transfer_in_order(struct account *from, struct account *to)
{
	struct account *first = from < to ? from : to;
	struct account *second = from < to ? to : from;

	pthread_mutex_lock(&first->lock);
	scenario_pause(HOLD / 2);
	pthread_mutex_lock(&second->lock);
	move_money(from, to);
	pthread_mutex_unlock(&second->lock);
	pthread_mutex_unlock(&first->lock);
	scenario_pause(REST);
}

static void *anna_ordered(void *arg)
{
	(void)arg;
	for (long i = scenario_param("transfers"); i > 0; i--)
		transfer_in_order(&a, &b);
	return NULL;
}

static void *bert_ordered(void *arg)
{
	(void)arg;
	for (long i = scenario_param("transfers"); i > 0; i--)
		transfer_in_order(&b, &a);
	return NULL;
}

/* In opposite orders still, but nobody waits with a lock in his hand. */
static long transfer_politely(struct account *from, struct account *to, unsigned *random, bool meet)
{
	long tries = 1;

	pthread_mutex_lock(&from->lock);
	if (meet)
		pthread_barrier_wait(&moment);
	scenario_pause(HOLD / 2);
	while (pthread_mutex_trylock(&to->lock) == EBUSY) {
		if (meet)
			pthread_barrier_wait(&moment);
		meet = false;
		pthread_mutex_unlock(&from->lock);
		scenario_pause(REST * (1 + rand_r(random) % 4));
		pthread_mutex_lock(&from->lock);
		scenario_pause(HOLD / 2);
		tries++;
	}
	move_money(from, to);
	pthread_mutex_unlock(&to->lock);
	pthread_mutex_unlock(&from->lock);
	scenario_pause(REST);
	return tries;
}

static void *anna_trylock(void *arg)
{
	unsigned random = scenario_seed();

	(void)arg;
	for (long i = 0; i < scenario_param("transfers"); i++)
		attempts[0] += transfer_politely(&a, &b, &random, i == 0);
	return NULL;
}

static void *bert_trylock(void *arg)
{
	unsigned random = scenario_seed() + 1;

	(void)arg;
	for (long i = 0; i < scenario_param("transfers"); i++)
		attempts[1] += transfer_politely(&b, &a, &random, i == 0);
	return NULL;
}

static void start_both(pthread_t threads[2], void *(*anna)(void *), void *(*bert)(void *))
{
	tl_name(&a.lock, "A");
	tl_name(&b.lock, "B");
	pthread_barrier_init(&moment, NULL, 2);
	tl_name(&moment, "moment");
	threads[0] = scenario_thread("anna", anna, NULL);
	threads[1] = scenario_thread("bert", bert, NULL);
}

static void run_both(void *(*anna)(void *), void *(*bert)(void *))
{
	pthread_t threads[2];

	start_both(threads, anna, bert);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	pthread_barrier_destroy(&moment);
}

static void print_accounts(void)
{
	scenario_say("A has %ld, B has %ld", a.money, b.money);
	scenario_truth("a=%ld b=%ld sum=%ld", a.money, b.money, a.money + b.money);
}

static int run_abba(void)
{
	pthread_t threads[2];

	scenario_say("anna moves money from A to B, bert from B to A");
	start_both(threads, anna_abba, bert_abba);
	if (scenario_join(threads, 2, 4))
		return 1;
	scenario_truth("finding.deadlock.threads=anna,bert finding.deadlock.locks=A,B");
	scenario_truth("lock.A.acquisitions=3 lock.B.acquisitions=3");
	_exit(0);
}

static int run_ordered(void)
{
	long taken = 2 * scenario_param("transfers");

	scenario_say("whoever moves money takes A before B");
	run_both(anna_ordered, bert_ordered);
	print_accounts();
	scenario_truth("lock.A.acquisitions=%ld lock.B.acquisitions=%ld", taken, taken);
	return 0;
}

static int run_trylock(void)
{
	long done = 2 * scenario_param("transfers");

	scenario_say("each takes what it likes first, but gives it back if the second is taken");
	run_both(anna_trylock, bert_trylock);
	print_accounts();
	/* each try takes its first lock; each transfer its second */
	scenario_truth("tries=%ld retries=%ld", attempts[0] + attempts[1],
		attempts[0] + attempts[1] - done);
	scenario_truth("lock.A.acquisitions=%ld lock.B.acquisitions=%ld", attempts[0] + done / 2,
		attempts[1] + done / 2);
	return 0;
}

static const char *const finds_deadlock[] = {"lock-order-inversion", "deadlock", NULL};
static const char *const never_deadlock[] = {"lock-order-inversion", "deadlock", NULL};

static const struct scenario_variant variants[] = {
	{"abba", N_("A then B against B then A: each waits for the other's lock, forever"),
		finds_deadlock, NULL, run_abba},
	{"ordered", N_("both take A before B: one waits a little, both get there"), NULL,
		never_deadlock, run_ordered},
	{"trylock", N_("who cannot have the second lock gives the first back and tries again"),
		NULL, never_deadlock, run_trylock},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"transfers", 6, 1, 100000, N_("how often each moves money (ordered, trylock)")},
	{0},
};

const struct scenario scenario_deadlock = {
	.name = "deadlock",
	.title = N_("Two locks, two orders"),
	.teaches = N_(
		"Two threads that each hold one lock and want the other's wait for ever. It takes "
		"bad luck to happen, but the two orders are there to be seen before. One order "
		"for all, or not waiting with a lock in hand, prevents it. "
		"In Python: two threading.Lock."),
	.variants = variants,
	.parameters = parameters,
};
