/* SPDX-License-Identifier: MIT */
/*
 * A market. Two farmers bring 100 loaves at a time while the shelf holds 1000 at most; five
 * buyers take 5 at a time while it holds 100 at least. Who cannot go on waits on a condition
 * until somebody who changed the stock calls.
 *
 * The doors open when the shelf is full, so first the farmers wait for the buyers; later on they
 * come by bicycle, with 5 loaves in a bag, and the buyers wait for them.
 */
#include "stage.h"

#include <stdio.h>
#include <unistd.h>

#define FARMERS 2
#define BUYERS  5
#define BRING   100
#define BAG     5
#define TAKE    5
#define FULL    1000 /* nobody brings while the stock is more than that */
#define LOW     100  /* nobody takes while the stock is less than that */
#define START   500

#define TRUCK   0.03 /* seconds from one delivery to the next */
#define BICYCLE 0.05
#define STEP    0.015 /* and from one purchase to the next */

static pthread_mutex_t market = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;  /* "there is room on the shelf" */
static pthread_cond_t goods = PTHREAD_COND_INITIALIZER; /* "there is enough on the shelf" */
static pthread_cond_t doors = PTHREAD_COND_INITIALIZER; /* "the doors open" */

/* all of it under the market's lock */
static long stock = START, highest = START, lowest = START;
static int farmers = FARMERS; /* who still bring */
static int at_full;           /* farmers who wait for room */
static bool opened;
static bool answered; /* a farmer has heard a call */
static long brought, taken, broken;
static long entered, waits_room, waits_goods, waits_doors, calls_room, calls_goods;

static void enter(void)
{
	pthread_mutex_lock(&market);
	entered++;
}

static void leave(void)
{
	pthread_mutex_unlock(&market);
}

static void bring(long loaves)
{
	broken += stock > FULL;
	stock += loaves;
	brought += loaves;
	highest = stock > highest ? stock : highest;
	tl_counter(&stock, (uint64_t)stock);
}

static void take(void)
{
	broken += stock < LOW;
	stock -= TAKE;
	taken += TAKE;
	lowest = stock < lowest ? stock : lowest;
	tl_counter(&stock, (uint64_t)stock);
}

static void wait_for_room(void)
{
	if (++at_full == FARMERS && !opened) {
		opened = true;
		pthread_cond_signal(&doors);
	}
	waits_room++;
	pthread_cond_wait(&room, &market);
	at_full--;
	if (!answered) {
		answered = true;
		pthread_cond_signal(&doors);
	}
}

static void wait_for_goods(pthread_cond_t *condition)
{
	waits_goods++;
	pthread_cond_wait(condition, &market);
}

static void wait_at_doors(void)
{
	waits_doors++;
	pthread_cond_wait(&doors, &market);
}

static void go_home(pthread_cond_t *condition)
{
	enter();
	farmers--;
	pthread_cond_broadcast(condition);
	leave();
}

static long deliveries(void)
{
	return scenario_param("trucks") + scenario_param("bags");
}

static long drive(long delivery)
{
	bool truck = delivery < scenario_param("trucks");

	scenario_pause(truck ? TRUCK : BICYCLE);
	return truck ? BRING : BAG;
}

/* notify: two conditions, and each call wakes one who can go on */
static void *farmer_notify(void *arg)
{
	(void)arg;
	for (long i = 0; i < deliveries(); i++) {
		long loaves = drive(i);

		enter();
		while (stock > FULL)
			wait_for_room();
		bring(loaves);
		calls_goods++;
		pthread_cond_signal(&goods);
		leave();
	}
	go_home(&goods);
	return NULL;
}

static void *buyer_notify(void *arg)
{
	bool there_is = true;

	(void)arg;
	while (there_is) {
		scenario_pause(STEP);
		enter();
		while (stock < LOW && farmers)
			wait_for_goods(&goods);
		there_is = stock >= LOW;
		if (there_is)
			take();
		if (stock >= LOW) { /* enough for another: pass the call on */
			calls_goods++;
			pthread_cond_signal(&goods);
		}
		if (stock <= FULL) {
			calls_room++;
			pthread_cond_signal(&room);
		}
		leave();
	}
	return NULL;
}

/* notify-all: one condition for everybody, and each call wakes all, most of them for nothing */
static void *farmer_notify_all(void *arg)
{
	(void)arg;
	for (long i = 0; i < deliveries(); i++) {
		long loaves = drive(i);

		enter();
		while (stock > FULL)
			wait_for_room();
		bring(loaves);
		calls_room++;
		pthread_cond_broadcast(&room);
		leave();
	}
	go_home(&room);
	return NULL;
}

static void *buyer_notify_all(void *arg)
{
	bool there_is = true;

	(void)arg;
	while (there_is) {
		scenario_pause(STEP);
		enter();
		while (stock < LOW && farmers)
			wait_for_goods(&room);
		there_is = stock >= LOW;
		if (there_is)
			take();
		calls_room++;
		pthread_cond_broadcast(&room);
		leave();
	}
	return NULL;
}

/* if-not-while: who is woken believes that it may go on, and does not look again */
static void *farmer_if(void *arg)
{
	(void)arg;
	for (long i = 0; i < deliveries(); i++) {
		long loaves = drive(i);

		enter();
		if (stock > FULL)
			wait_for_room();
		bring(loaves);
		calls_room++;
		pthread_cond_broadcast(&room);
		leave();
	}
	go_home(&room);
	return NULL;
}

static void *buyer_if(void *arg)
{
	bool there_is = true;

	(void)arg;
	while (there_is) {
		scenario_pause(STEP);
		enter();
		if (stock < LOW && farmers)
			wait_for_goods(&room);
		there_is = stock >= LOW || farmers;
		if (there_is)
			take();
		calls_room++;
		pthread_cond_broadcast(&room);
		leave();
	}
	return NULL;
}

/* lost-signal: looks first and waits then, and the call comes in between */
static pthread_barrier_t unlucky; /* makes sure of that moment, which may else take years */

static void *farmer_unheard(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&unlucky);
	for (int i = 0; i < 3; i++) {
		scenario_pause(4 * TRUCK);
		enter();
		bring(BRING);
		calls_goods++;
		pthread_cond_signal(&goods);
		leave();
	}
	pthread_barrier_wait(&unlucky);
	return NULL;
}

static void *buyer_too_late(void *arg)
{
	bool enough = stock >= LOW; /* looked at without the lock: true a moment ago, at best */

	(void)arg;
	pthread_barrier_wait(&unlucky);
	pthread_barrier_wait(&unlucky);
	enter();
	if (!enough)
		wait_for_goods(&goods);
	take();
	leave();
	return NULL;
}

static void start_all(pthread_t *threads, int n, const char *what, void *(*body)(void *))
{
	char name[16];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s-%d", what, i + 1);
		threads[i] = scenario_thread(name, body, NULL);
	}
}

/* waiting: how many wait still; who has come back from a wait has taken the lock again. */
static void print_market(int waiting)
{
	long waits = waits_room + waits_goods + waits_doors;

	scenario_say("stock=%ld lowest=%ld highest=%ld broken=%ld", stock, lowest, highest, broken);
	scenario_truth("start=%d brought=%ld taken=%ld", START, brought, taken);
	scenario_truth(
		"lock.market.acquisitions=%ld waiting=%d", entered + waits - waiting, waiting);
}

/* The buyers still wait: one must hold the lock even to read. */
static void print_stuck(void)
{
	enter();
	print_market((int)waits_goods);
	scenario_truth(
		"cond.goods.signals=%ld cond.goods.signals_unheard=%ld", calls_goods, calls_goods);
	leave();
}

static pthread_t sellers[FARMERS], customers[BUYERS];

static void fill_shelf(void *(*farmer)(void *))
{
	tl_name(&market, "market");
	tl_name(&doors, "doors");
	tl_name(&stock, "stock");
	tl_counter(&stock, (uint64_t)stock);
	scenario_say("%d farmers fill the shelf before the doors open", FARMERS);
	start_all(sellers, FARMERS, "farmer", farmer);
	enter();
	while (!opened)
		wait_at_doors();
	leave();
}

static void open_doors(void *(*buyer)(void *))
{
	scenario_say("the shelf is full: the doors open for %d buyers", BUYERS);
	start_all(customers, BUYERS, "buyer", buyer);
	for (int i = 0; i < FARMERS; i++)
		pthread_join(sellers[i], NULL);
	scenario_say("the farmers have gone home");
	for (int i = 0; i < BUYERS; i++)
		pthread_join(customers[i], NULL);
	print_market(0);
}

static int run_notify(void)
{
	tl_name(&room, "room");
	tl_name(&goods, "goods");
	fill_shelf(farmer_notify);
	open_doors(buyer_notify);
	scenario_truth("cond.room.waits=%ld cond.room.signals=%ld", waits_room, calls_room);
	scenario_truth("cond.goods.waits=%ld cond.goods.signals=%ld cond.goods.broadcasts=%d",
		waits_goods, calls_goods, FARMERS);
	return 0;
}

static void print_one_condition(void)
{
	scenario_truth("cond.changed.waits=%ld cond.changed.broadcasts=%ld",
		waits_room + waits_goods, calls_room + FARMERS);
}

static int run_notify_all(void)
{
	tl_name(&room, "changed");
	fill_shelf(farmer_notify_all);
	open_doors(buyer_notify_all);
	print_one_condition();
	return 0;
}

/* Takes five before the others are let in: nobody else makes room until a farmer has heard it. */
static void first_buyer(void)
{
	enter();
	take();
	calls_room++;
	pthread_cond_broadcast(&room);
	while (!answered)
		wait_at_doors();
	leave();
}

static int run_if_not_while(void)
{
	tl_name(&room, "changed");
	fill_shelf(farmer_if);
	first_buyer();
	open_doors(buyer_if);
	print_one_condition();
	return 0;
}

static int run_lost_signal(void)
{
	stock = lowest = highest = LOW - TAKE;
	tl_name(&market, "market");
	tl_name(&goods, "goods");
	tl_name(&stock, "stock");
	tl_counter(&stock, (uint64_t)stock);
	pthread_barrier_init(&unlucky, NULL, FARMERS + BUYERS);
	tl_name(&unlucky, "unlucky moment");
	scenario_say("the shelf is as good as empty: %d buyers look, and will wait", BUYERS);
	start_all(customers, BUYERS, "buyer", buyer_too_late);
	start_all(sellers, FARMERS, "farmer", farmer_unheard);
	for (int i = 0; i < FARMERS; i++)
		pthread_join(sellers[i], NULL);
	scenario_say("the farmers brought %ld, called, and have gone home", brought);
	if (scenario_join(customers, BUYERS, 4))
		return 1;
	print_stuck();
	_exit(0);
}

static const char *const finds_herd[] = {"thundering-herd", NULL};
static const char *const never_herd[] = {"thundering-herd", NULL};
static const char *const finds_lost_wakeup[] = {"lost-wakeup", NULL};

static const struct scenario_variant variants[] = {
	{"notify", N_("two conditions; each call wakes one who can go on"), NULL, never_herd,
		run_notify},
	{"notify-all", N_("one condition; each call wakes all, most for nothing"), finds_herd, NULL,
		run_notify_all},
	{"if-not-while", N_("who is woken does not look again: the stock goes wrong"), NULL, NULL,
		run_if_not_while},
	{"lost-signal", N_("the call comes between looking and waiting: nobody hears it"),
		finds_lost_wakeup, NULL, run_lost_signal},
	{0},
};

static const struct scenario_parameter parameters[] = {
	{"trucks", 8, 8, 10000, N_("how often each farmer comes with 100 loaves")},
	{"bags", 30, 0, 10000, N_("and after that with 5")},
	{0},
};

const struct scenario scenario_market = {
	.name = "market",
	.title = N_("A condition and those who wait for it"),
	.teaches = N_(
		"A thread that cannot go on waits on a condition until another changed something. "
		"It must look again when it wakes, and look under the lock before it waits. "
		"In Python: threading.Condition, wait, notify, notify_all."),
	.variants = variants,
	.parameters = parameters,
};
