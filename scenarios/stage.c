/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PARAMETERS_MAX 16
#define WINDOW_LEAST   50e-6

/* The one scenario this process plays; written before it begins, only read from then on. */
static struct {
	const struct scenario *scenario;
	const struct scenario_variant *variant;
	long values[PARAMETERS_MAX];
	double speed;
	unsigned seed;
} stage = {.speed = 1, .seed = 1};

static const char *as_it_stands(const char *text)
{
	return text;
}

static const char *(*stage_words)(const char *text) = as_it_stands;

void scenario_words(const char *(*translate)(const char *text))
{
	stage_words = translate;
}

static const struct scenario_parameter *find_parameter(const char *key, size_t length)
{
	const struct scenario_parameter *p = stage.scenario->parameters;

	for (; p && p->name; p++)
		if (strlen(p->name) == length && !strncmp(p->name, key, length))
			return p;
	return NULL;
}

long scenario_param(const char *key)
{
	const struct scenario_parameter *p = find_parameter(key, strlen(key));

	if (!p)
		abort();
	return stage.values[p - stage.scenario->parameters];
}

double scenario_speed(void)
{
	return stage.speed;
}

unsigned scenario_seed(void)
{
	return stage.seed;
}

static void sleep_for(double seconds)
{
	struct timespec left = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}

static double paced(double seconds)
{
	return stage.speed > 0 ? seconds / stage.speed : 0;
}

void scenario_pause(double seconds)
{
	if (paced(seconds) > 0)
		sleep_for(paced(seconds));
}

void scenario_window(double seconds)
{
	sleep_for(fmax(paced(seconds), WINDOW_LEAST));
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void scenario_compute(double seconds)
{
	double end = cpu_seconds() + seconds;
	volatile unsigned long x = 1;

	while (cpu_seconds() < end)
		for (int i = 0; i < 1000; i++)
			x = x * 6364136223846793005ul + 1;
}

void scenario_work(double seconds)
{
	scenario_compute(paced(seconds));
}

struct timespec scenario_deadline(double seconds, double least)
{
	double from_now = fmax(paced(seconds), least), whole = floor(from_now);
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)whole;
	t.tv_nsec += (long)((from_now - whole) * 1e9);
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* One write() a line: stdio's own lock would be one more lock in the picture. */
static void print_line(char *line, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(line, size - 1, fmt, ap);
	size_t length = n < 0 ? 0 : (size_t)n < size - 1 ? (size_t)n : size - 2;

	line[length] = '\n';
	for (size_t at = 0; at < length + 1;) {
		ssize_t written = write(STDOUT_FILENO, line + at, length + 1 - at);

		if (written < 0 && errno != EINTR)
			break;
		at += written > 0 ? (size_t)written : 0;
	}
	line[length] = 0;
}

void scenario_say(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	print_line(line, sizeof(line), stage_words(fmt), ap);
	va_end(ap);
	tl_mark(line);
}

void scenario_truth(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	print_line(line, sizeof(line), fmt, ap);
	va_end(ap);
}

static int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int complain(const char *fmt, ...)
{
	va_list ap;

	fputs("threadline-scenarios: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\nTry 'threadline-scenarios --help'.\n", stderr);
	return 2;
}

static int set_scenario(const char *name)
{
	const struct scenario_parameter *p;
	char near[64];

	stage.variant = scenario_find(name, &stage.scenario);
	if (!stage.variant && scenario_nearest(name, near, sizeof(near)))
		return complain("no scenario '%s'; did you mean '%s'?", name, near);
	if (!stage.variant)
		return complain("no scenario '%s'", name);
	p = stage.scenario->parameters;
	for (size_t i = 0; p && p[i].name && i < PARAMETERS_MAX; i++)
		stage.values[i] = p[i].value;
	return 0;
}

static int complain_of_parameter(const char *given)
{
	const struct scenario_parameter *p = stage.scenario->parameters;
	char known[256] = "";
	size_t n = 0;

	for (; p && p->name && n < sizeof(known); p++)
		n += (size_t)snprintf(known + n, sizeof(known) - n, " %s", p->name);
	return complain("%s has no parameter '%s'; it has:%s", stage.scenario->name, given,
		n ? known : " none");
}

static int set_parameter(const char *given)
{
	size_t length = strcspn(given, "=");
	const struct scenario_parameter *p = find_parameter(given, length);
	char *end;
	long value;

	if (!p)
		return complain_of_parameter(given);
	errno = 0;
	value = strtol(given[length] ? given + length + 1 : "", &end, 10);
	if (errno || *end || end == given + length + 1 || !given[length] || value < p->least ||
		value > p->most)
		return complain(
			"%s is a number from %ld to %ld: '%s'", p->name, p->least, p->most, given);
	stage.values[p - stage.scenario->parameters] = value;
	return 0;
}

static int set_speed(const char *given)
{
	char *end;
	double speed = strtod(given, &end);

	if (!*given || *end || !(speed >= 0 && speed <= 1e6))
		return complain("--speed is a number from 0 to 1000000: '%s'", given);
	stage.speed = speed;
	return 0;
}

static int set_seed(const char *given)
{
	char *end;
	unsigned long seed;

	errno = 0;
	seed = strtoul(given, &end, 10);
	if (*given < '0' || *given > '9' || *end || errno || seed > UINT32_MAX)
		return complain("--seed is a number from 0 to %u: '%s'", UINT32_MAX, given);
	stage.seed = (unsigned)seed;
	return 0;
}

static int print_names(void)
{
	for (const struct scenario *const *s = scenario_table; *s; s++)
		for (const struct scenario_variant *v = (*s)->variants; v->name; v++)
			printf("%s/%s\n", (*s)->name, v->name);
	return 0;
}

static int print_help(void)
{
	puts("Usage: threadline-scenarios NAME[/VARIANT] [OPTION...]\n"
	     "Plays one of threadline's scenarios; without a name, lists them.\n\n"
	     "  --set KEY=VALUE  one of its parameters\n"
	     "  --speed X        pauses X times as fast; 0 without pauses\n"
	     "  --seed N         for its random numbers\n"
	     "  --lang LANG      en or zh\n\n"
	     "See it with 'threadline run NAME'; 'threadline list' tells what each teaches.");
	return 0;
}

/* Parameters can only be set once it is known whose they are: names first, options after. */
static int read_arguments(int argc, char **argv)
{
	static const struct option longs[] = {{"set", required_argument, NULL, 's'},
		{"speed", required_argument, NULL, 'x'}, {"seed", required_argument, NULL, 'n'},
		{"lang", required_argument, NULL, 'l'}, {0}};
	int status = set_scenario(argv[1]), c;

	opterr = 0;
	while (!status && (c = getopt_long(argc - 1, argv + 1, ":", longs, NULL)) != -1) {
		if (c == 's')
			status = set_parameter(optarg);
		else if (c == 'x')
			status = set_speed(optarg);
		else if (c == 'n')
			status = set_seed(optarg);
		else if (c == 'l')
			continue; /* main() has seen it */
		else
			status = complain(c == ':' ? "'%s' needs a value" : "unknown option '%s'",
				argv[optind]);
	}
	if (!status && optind < argc - 1)
		status = complain("one scenario at a time, not also '%s'", argv[optind + 1]);
	return status;
}

int scenario_main(int argc, char **argv)
{
	int status;

	if (argc < 2)
		return print_names();
	if (!strcmp(argv[1], "--help"))
		return print_help();
	status = read_arguments(argc, argv);
	if (status)
		return status;
	prctl(PR_SET_NAME, stage.scenario->name);
	return stage.variant->run();
}
