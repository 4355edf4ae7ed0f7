/* SPDX-License-Identifier: MIT */
/* The CPUs' own lanes. */
#include "model/machine.h"

static int cpu_compare(const void *a, const void *b)
{
	const struct cpu *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void cpu_new(struct model *m, u16 number)
{
	struct machine *s = m->machine;

	vec_push(&m->cpus, (struct cpu){number, lane_new()});
	qsort(m->cpus.v, m->cpus.n, sizeof(*m->cpus.v), cpu_compare);
	for (size_t i = 0; i < m->cpus.n; i++)
		s->cpu_index.v[m->cpus.v[i].number] = (u32)i + 1;
}

struct cpu_machine *cpu_machine(struct model *m, u16 number)
{
	struct machine *s = m->machine;

	while (s->cpus.n <= number) {
		vec_push(&s->cpus, (struct cpu_machine){0});
		vec_push(&s->cpu_index, 0);
	}
	if (!s->cpu_index.v[number])
		cpu_new(m, number);
	return &s->cpus.v[number];
}

static struct lane *cpu_lane(const struct model *m, u16 number)
{
	return m->cpus.v[m->machine->cpu_index.v[number] - 1].lane;
}

void cpu_runs(struct model *m, u16 number, u32 tid, u32 thread)
{
	struct cpu_machine *c = cpu_machine(m, number);
	struct span span = {.from = m->now, .cpu = number, .detail = tid, .by = thread};

	*c = (struct cpu_machine){tid, thread, true};
	span.state = thread ? CPU_OURS : tid ? CPU_OTHER : CPU_IDLE;
	lane_push(cpu_lane(m, number), &span);
}

/* What was told of it since then is not certain, nor who has it now. */
void cpu_unknown(struct model *m, u16 number, u64 from)
{
	struct cpu_machine *c = cpu_machine(m, number);
	struct lane *lane = cpu_lane(m, number);
	struct span *tip;

	*c = (struct cpu_machine){0};
	lane_cut(lane, from);
	tip = lane_tip(lane);
	if (!tip || tip->state != CPU_UNKNOWN)
		lane_push(lane, &(struct span){.from = from, .cpu = number, .state = CPU_UNKNOWN});
}
