/* SPDX-License-Identifier: MIT */
/* The snapshot for people: what is wrong, then who does what, then the locks they want. */
#include "export/report_facts.h"
#include "core/lang.h"
#include "export/report_text.h"
#include "export/snapshot_facts.h"
#include "export/text_table.h"

#include "core/fmt.h"
#include "core/idmap.h"
#include "core/syscalls.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CELL       128
#define ALIKE_MOST 4  /* rows that say the same of threads of one process */
#define ROWS_FEW   40 /* threads that are all told of */

#define NAMED(fn, m, id) fn(m, id, (char[CELL]){0}, CELL)

static void finding(const struct finding *f, FILE *out)
{
	static const char *const signs[] = {"\u00b7", "!", "\u2716"};
	int width = text_terminal_width(out);
	char kind[32];

	snprintf(kind, sizeof(kind), "%s", finding_kind_text(f->ops));
	for (char *c = kind; f->ops->severity == SEVERITY_ERROR && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	fprintf(out, "%s %s\n", signs[f->ops->severity], kind);
	text_wrap(out, f->text, 2 * INDENT, width ? MIN(width, TEXT_WIDTH) : TEXT_WIDTH);
}

/* Of whom it is not known who could wake it, though somebody in the program would have to. */
static bool waits_for_unknown(const struct model *m, const struct thread *t)
{
	enum state wait = snapshot_wait(t);
	u32 lock;

	switch (wait) {
	case STATE_LOCK:
	case STATE_COND:
	case STATE_SEM:
	case STATE_BARRIER:
	case STATE_QUEUE:
	case STATE_JOIN:
	case STATE_FUTEX: return !model_waits_for(m, t->id, &lock);
	default: return false;
	}
}

/* That none is seen says nothing of waits that cannot be followed. */
static void no_deadlock(const struct model *m, const struct snapshot_facts *facts, FILE *out)
{
	unsigned unknown = 0;

	for (size_t i = 0; i < m->threads.n; i++)
		unknown += m->threads.v[i]->alive && waits_for_unknown(m, m->threads.v[i]);
	fputs(facts->blind_count || unknown ? tr("No deadlock seen.\n") : tr("No deadlock.\n"),
		out);
	if (unknown)
		fprintf(out,
			trn("Of %u thread it is not known who could wake it: a deadlock "
			    "through it would not show.\n",
				"Of %u threads it is not known who could wake them: a deadlock "
				"through them would not show.\n",
				unknown),
			unknown);
}

static void findings(const struct model *m, const struct findings *f,
	const struct snapshot_facts *facts, FILE *out)
{
	size_t *order = findings_by_weight(f);

	for (size_t i = 0; i < findings_count(f); i++)
		finding(findings_get(f, order[i]), out);
	if (!findings_count(f))
		no_deadlock(m, facts, out);
	free(order);
}

/* "mutex accounts", "mutex 0x55d0c0" */
static char *lock_words(const struct model *m, u32 id, char *buf, size_t size)
{
	static const char *const words[] = {[LOCK_KIND_UNKNOWN] = NC_("kind of lock", "lock"),
		[LOCK_KIND_RECURSIVE] = NC_("kind of lock", "recursive mutex"),
		[LOCK_KIND_ERRORCHECK] = NC_("kind of lock", "errorcheck mutex"),
		[LOCK_KIND_ADAPTIVE] = NC_("kind of lock", "adaptive mutex"),
		[LOCK_KIND_FILE] = NC_("kind of lock", "stream"),
		[LOCK_KIND_ARENA] = NC_("kind of lock", "malloc arena")};
	const struct lock *l = model_lock(m, id);
	const char *kind = l->kind < ARRAY_LEN(words) ? words[l->kind] : NULL;

	kind = kind ? trc_table("kind of lock", kind) : lock_kind_text(l->kind);
	if (l->name[0])
		snprintf(buf, size, "%s %s", kind, l->name);
	else
		snprintf(buf, size, "%s 0x%llx", kind, (unsigned long long)l->addr);
	return buf;
}

/* "bert 4711"; a thread without a name of its own: "thread 4711" */
static char *thread_words(const struct model *m, u32 id, char *buf, size_t size)
{
	const struct thread *t = model_thread(m, id);

	if (t && t->name[0])
		snprintf(buf, size, "%s %u", t->name, t->tid);
	else
		thread_label(m, id, buf, size);
	return buf;
}

/* The system call it is in, "" where that is not known. */
static const char *call_words(const struct model *m, const struct thread *t)
{
	const struct span *tip = lane_tip(t->lane);
	bool known = tip->detail || tip->state == STATE_POLL; /* 0 is read on some machines */
	const char *word = known ? syscall_word(m->info.arch, tip->detail) : NULL;

	return word ? word : "";
}

static char *waits_for(const struct model *m, const struct thread *t, char *buf, size_t size)
{
	enum state wait = snapshot_wait(t);

	if (model_lock(m, t->waits_lock))
		return lock_words(m, t->waits_lock, buf, size);
	if (wait == STATE_COND)
		snprintf(buf, size, tr("cond %s"),
			model_cond(m, t->waits_obj) && model_cond(m, t->waits_obj)->name[0]
				? model_cond(m, t->waits_obj)->name
				: NAMED(cond_label, m, t->waits_obj) +
					  strlen(trc("kind of lock", "cond")) + 1);
	else if (wait == STATE_JOIN)
		snprintf(buf, size, tr("the end of %s"),
			t->waits_obj ? NAMED(thread_words, m, t->waits_obj) : tr("a thread"));
	else if (wait == STATE_FUTEX)
		snprintf(buf, size, "futex 0x%llx", (unsigned long long)lane_tip(t->lane)->detail);
	else
		snprintf(buf, size, "%s", wait == STATE_NONE ? "" : call_words(m, t));
	return buf;
}

/* Who keeps it waiting. What nobody can own is left empty, what is not known is said. */
static char *held_by(const struct model *m, const struct thread *t, char *buf, size_t size)
{
	const struct lock *l = model_lock(m, t->waits_lock);
	u32 lock, owner = model_waits_for(m, t->id, &lock);

	buf[0] = 0;
	if (l && owner)
		snprintf(buf, size, "%s",
			owner == t->id ? tr("itself") : NAMED(thread_words, m, owner));
	else if (l && lock_has_owner(l))
		snprintf(buf, size, "%s", tr("not known"));
	return buf;
}

static const char *does(
	const struct model *m, const struct thread *t, const struct snapshot_facts *facts)
{
	enum state s = thread_state(t);
	bool unheard = lane_tip(t->lane)->flags & SPAN_UNHEARD;

	if (s == STATE_UNKNOWN)
		return tr("runs or wants to");
	if (s == STATE_STOPPED && snapshot_wait(t) != STATE_NONE)
		return tr("stopped, waits");
	if (s == STATE_IDLE_WAIT && unheard && snapshot_blind(facts, process_pid(m, t->process)))
		return tr("asleep");
	return state_text(s);
}

/* The same for threads whose rows differ in nothing but who they are. */
static u64 row_key(const struct model *m, const struct thread *t)
{
	u32 lock;
	u64 key = idmap_mix(t->process, thread_state(t));

	key = idmap_mix(key, event_pair(t->waits_lock, t->waits_obj));
	return idmap_mix(key, event_pair(t->wait_op, model_waits_for(m, t->id, &lock)));
}

/* Whether so many that are like it were told already that it need not be. */
static bool row_repeats(struct idmap *told, u64 key)
{
	u32 n = idmap_get(told, key);

	n = n == IDMAP_NONE ? 0 : n;
	idmap_set(told, key, n + 1);
	return n >= ALIKE_MOST;
}

static size_t threads_alive(const struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->threads.n; i++)
		n += m->threads.v[i]->alive;
	return n;
}

static size_t processes_alive(const struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->processes.n; i++)
		n += process_shown(m->processes.v[i]) && m->processes.v[i]->threads_alive;
	return n;
}

static void thread_row(struct text_table *t, const struct model *m, const struct thread *thread,
	bool many, const struct snapshot_facts *facts)
{
	char cell[CELL];

	text_cell(t, "%u", thread->tid);
	if (many)
		text_cell(t, "%u %s", process_pid(m, thread->process),
			model_process(m, thread->process)->name);
	text_cell(t, "%s", thread_label(m, thread->id, cell, sizeof(cell)));
	text_cell(t, "%s", does(m, thread, facts));
	text_cell(t, "%s", waits_for(m, thread, cell, sizeof(cell)));
	text_cell(t, "%s", held_by(m, thread, cell, sizeof(cell)));
}

static void threads(const struct model *m, const struct snapshot_facts *facts, FILE *out)
{
	bool many = processes_alive(m) > 1;
	const char *one[] = {NC_("column", ">TID"), NC_("column", "THREAD"), NC_("column", "STATE"),
		NC_("column", "WAITS FOR"), NC_("column", "HELD BY"), NULL};
	const char *several[] = {NC_("column", ">TID"), NC_("column", "PROCESS"),
		NC_("column", "THREAD"), NC_("column", "STATE"), NC_("column", "WAITS FOR"),
		NC_("column", "HELD BY"), NULL};
	size_t all = threads_alive(m), shown = 0;
	struct idmap told = {0};
	struct text_table t;

	fputc('\n', out);
	text_table_open(&t, many ? several : one);
	for (size_t i = 0; i < m->threads.n; i++) {
		if (!m->threads.v[i]->alive ||
			(all > ROWS_FEW && row_repeats(&told, row_key(m, m->threads.v[i]))))
			continue;
		thread_row(&t, m, m->threads.v[i], many, facts);
		shown++;
	}
	text_table_close(&t, out, INDENT, text_terminal_width(out));
	idmap_free(&told);
	if (all > shown)
		fprintf(out, tr("%*sand %zu more that do as those do (--json has all of them)\n"),
			INDENT, "", all - shown);
}

/* "anna 4711, bert 4712 and 5 more" */
static char *waiters(const struct model *m, const struct lock *l, char *buf, size_t size)
{
	size_t shown = MIN(l->waiters.n, 3);
	int n = 0;

	buf[0] = 0;
	for (size_t i = 0; i < shown && (size_t)n < size; i++)
		n += snprintf(buf + n, size - (size_t)n, "%s%s", i ? ", " : "",
			NAMED(thread_label, m, l->waiters.v[i]));
	if (l->waiters.n > shown && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, tr(" and %zu more"), l->waiters.n - shown);
	return buf;
}

static bool lock_shown(const struct lock *l)
{
	return l->waiters.n && lock_has_owner(l);
}

/* What keeps the holder itself from letting it go. */
static const char *holder_does(const struct model *m, const struct thread *h)
{
	u32 lock;

	if (!h)
		return "";
	if (model_waits_for(m, h->id, &lock))
		return tr("waiting itself");
	return thread_state(h) == STATE_UNKNOWN ? tr("runs or wants to")
						: state_text(thread_state(h));
}

static void lock_row(struct text_table *t, const struct model *m, const struct lock *l)
{
	const struct thread *h = model_thread(m, lock_holder_known(l));
	char cell[CELL];

	text_cell(t, "%s", lock_words(m, l->id, cell, sizeof(cell)));
	text_cell(t, "%s", h ? thread_words(m, h->id, cell, sizeof(cell)) : tr("not known"));
	text_cell(t, "%s", holder_does(m, h));
	text_cell(t, "%zu", l->waiters.n);
	text_cell(t, "%s", waiters(m, l, cell, sizeof(cell)));
}

static void locks(const struct model *m, FILE *out)
{
	const char *titles[] = {NC_("column", "LOCK"), NC_("column", "HELD BY"),
		NC_("column", "HOLDER IS"), NC_("column", ">WAITERS"),
		NC_("column", "-WAITED FOR BY"), NULL};
	struct text_table t;
	size_t n = 0;

	for (size_t i = 0; i < m->locks.n; i++)
		n += lock_shown(m->locks.v[i]);
	if (!n)
		return;
	fputc('\n', out);
	text_table_open(&t, titles);
	for (size_t i = 0; i < m->locks.n; i++)
		if (lock_shown(m->locks.v[i]))
			lock_row(&t, m, m->locks.v[i]);
	text_table_close(&t, out, INDENT, text_terminal_width(out));
}

void snapshot_text(const struct model *m, const struct findings *f,
	const struct snapshot_facts *facts, FILE *out)
{
	findings(m, f, facts, out);
	threads(m, facts, out);
	locks(m, out);
	if (facts->stacks)
		snapshot_stacks(m, out);
	fprintf(out, tr("\nlooked for %s, without stopping it\n"), DURATION(facts->took_ns));
}
