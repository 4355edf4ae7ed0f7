/* SPDX-License-Identifier: MIT */
/* --plain: the tale as lines on a stream. */
#include "core/mem.h"
#include "export/report.h"
#include "story/tale.h"

struct plain {
	struct model *model;
	struct tale *tale;
	FILE *out;
};

static void plain_tell(void *ctx, u64 at, const char *text)
{
	const struct plain *p = ctx;
	u64 t = at > p->model->start ? at - p->model->start : 0;

	fprintf(p->out, "[%2llu.%03llu s] %s\n", t / NSEC_PER_SEC, t % NSEC_PER_SEC / NSEC_PER_MSEC,
		text);
}

static void plain_hear(void *ctx, const struct happening *h)
{
	tale_hear(((struct plain *)ctx)->tale, h);
}

struct plain *plain_new(struct model *m, FILE *out)
{
	struct plain *p = mem_alloc(sizeof(*p));

	p->model = m;
	p->out = out;
	p->tale = tale_new(m, plain_tell, p);
	setvbuf(out, NULL, _IOLBF, 0);
	model_listen(m, plain_hear, p);
	return p;
}

void plain_findings(struct plain *p, const struct findings *f)
{
	tale_findings(p->tale, f);
}

void plain_end(struct plain *p)
{
	model_listen(p->model, NULL, NULL);
	tale_end(p->tale);
}

void plain_free(struct plain *p)
{
	if (!p)
		return;
	model_listen(p->model, NULL, NULL);
	tale_free(p->tale);
	free(p);
}
