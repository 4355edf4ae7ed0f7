/* SPDX-License-Identifier: MIT */
#include "source/images.h"

#include <stdio.h>
#include <string.h>

u64 image_now(u32 tgid, enum image_mark by)
{
	char path[64], text[1024], *at;
	unsigned long long mark = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/stat", proc_reachable(tgid));
	f = fopen(path, "re");
	if (!f)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	at = strrchr(text, ')');
	for (int field = 2; at && field < (int)by; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, "%llu", &mark) == 1 ? mark : 0;
}

u64 image_of(struct images *s, struct proc_code *code, u32 tgid)
{
	u32 i = idmap_get(&s->by_tgid, tgid);
	struct image *image;
	u64 before;

	if (i == IDMAP_NONE) {
		i = (u32)s->v.n;
		vec_push(&s->v, (struct image){.turn = s->turn - 1});
		idmap_set(&s->by_tgid, tgid, i);
	}
	image = &s->v.v[i];
	if (image->turn == s->turn)
		return image->mark;
	before = image_now(tgid, s->by);
	proc_code_maps(code, tgid);
	*image = (struct image){s->turn, image_now(tgid, s->by) == before ? before : 0};
	return image->mark;
}

void images_renew(struct images *s)
{
	s->turn++;
}

void images_free(struct images *s)
{
	vec_free(&s->v);
	idmap_free(&s->by_tgid);
}
