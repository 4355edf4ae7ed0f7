/* SPDX-License-Identifier: MIT */
#include "tui/shown.h"

#include "tui/ui.h"

void shown_open(struct shown *s, const struct tui_host *host, const struct ui_options *o,
	const struct config *c, bool replay)
{
	*s = (struct shown){.host = host, .ui = ui_new(o)};
	if (c)
		ui_configure(s->ui, c);
	ui_replay(s->ui, replay);
}

void shown_open_pair(struct shown *s, const struct pair_host *host, const struct ui_options *o,
	const struct config *c, bool replay)
{
	*s = (struct shown){.pair = pair_new(host, o, c, replay)};
	s->ui = pair_active(s->pair, &s->host);
}

void shown_close(struct shown *s)
{
	if (s->pair)
		pair_free(s->pair);
	else
		ui_free(s->ui);
}

void shown_lock(struct shown *s)
{
	if (s->pair)
		pair_lock(s->pair);
	else
		s->host->lock(s->host->ctx);
}

void shown_unlock(struct shown *s)
{
	if (s->pair)
		pair_unlock(s->pair);
	else
		s->host->unlock(s->host->ctx);
}

void shown_draw(struct shown *s, struct grid *g, u64 clock_ns)
{
	struct ui_status status = {0};

	if (s->pair) {
		pair_draw(s->pair, g, clock_ns);
		s->ui = pair_active(s->pair, &s->host);
		return;
	}
	s->host->status(s->host->ctx, &status);
	ui_draw(s->ui, g, s->host->model, s->host->findings, &status);
}

int shown_key(struct shown *s, const struct ui_input *in)
{
	int reaction;

	if (!s->pair)
		return ui_key(s->ui, in, s->host->model, s->host->findings);
	reaction = pair_key(s->pair, in);
	s->ui = pair_active(s->pair, &s->host);
	return reaction;
}

void shown_tick(struct shown *s, u64 elapsed_ns)
{
	if (s->pair)
		pair_tick(s->pair, elapsed_ns);
	else
		ui_tick(s->ui, s->host->model, elapsed_ns);
}

u64 shown_version(const struct shown *s)
{
	return s->pair ? pair_version(s->pair) : s->host->model->version;
}

bool shown_wants_frames(const struct shown *s)
{
	return s->pair ? pair_wants_frames(s->pair) : ui_wants_frames(s->ui);
}
