/* SPDX-License-Identifier: MIT */
#include "source/bpf_btf.h"

#include <bpf/btf.h>
#include <string.h>

int btf_tracepoint_params(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	const struct btf_type *t;

	if (id < 0)
		return 0;
	t = btf__type_by_id(btf, btf__type_by_id(btf, (u32)id)->type); /* pointer to */
	t = t ? btf__type_by_id(btf, t->type) : NULL;                  /* function */
	return t && btf_is_func_proto(t) ? btf_vlen(t) - 1 : 0;        /* less its context */
}

bool btf_helper_exists(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (u32)id);
	u32 n = t ? btf_vlen(t) : 0;

	for (u32 i = 0; i < n; i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), name))
			return true;
	return false;
}

/* Byte offset of a member, also inside nameless structs and unions; -1 not found. */
static s64 member_offset(const struct btf *btf, u32 id, const char *name)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	if (!t || !btf_is_composite(t))
		return -1;
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		s64 here = btf_member_bit_offset(t, i) / 8, inside;

		if (m->name_off) {
			if (!strcmp(btf__name_by_offset(btf, m->name_off), name))
				return here;
			continue;
		}
		inside = member_offset(btf, m->type, name);
		if (inside >= 0)
			return here + inside;
	}
	return -1;
}

static s64 section_offset(const struct btf *btf, u32 var)
{
	int section = btf__find_by_name_kind(btf, ".data..percpu", BTF_KIND_DATASEC);
	const struct btf_type *t = section < 0 ? NULL : btf__type_by_id(btf, (u32)section);
	u32 n = t ? btf_vlen(t) : 0;

	for (u32 i = 0; i < n; i++)
		if (btf_var_secinfos(t)[i].type == var)
			return btf_var_secinfos(t)[i].offset;
	return -1;
}

s64 btf_percpu_offset(const struct btf *btf, const char *name, const char *member)
{
	int var = btf__find_by_name_kind(btf, name, BTF_KIND_VAR);
	s64 offset = var < 0 ? -1 : section_offset(btf, (u32)var), inside;

	if (offset < 0 || !member)
		return offset;
	inside = member_offset(btf, btf__type_by_id(btf, (u32)var)->type, member);
	return inside < 0 ? -1 : offset + inside;
}
