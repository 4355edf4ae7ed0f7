/* SPDX-License-Identifier: MIT */
/* What the kernel's own types (BTF) tell of it before the probe is loaded. */
#ifndef TL_SOURCE_BPF_BTF_H
#define TL_SOURCE_BPF_BTF_H

#include "core/types.h"

struct btf;

/* How many parameters a tracepoint has; name is that of its type, btf_trace_...; 0 not found. */
int btf_tracepoint_params(const struct btf *btf, const char *name);

/* Whether a bpf helper exists: its name in enum bpf_func_id. */
bool btf_helper_exists(const struct btf *btf, const char *name);

/* Offset of a per-CPU variable (and of a member in it) among all of them; -1 not found. */
s64 btf_percpu_offset(const struct btf *btf, const char *name, const char *member);

#endif
