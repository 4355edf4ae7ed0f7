/* SPDX-License-Identifier: MIT */
#include "source/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/capability.h>

static const cap_value_t caps_needed[] = {
	CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE, CAP_KILL};

bool caps_have(int cap)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (!caps)
		return false;
	if (cap_get_flag(caps, cap, CAP_EFFECTIVE, &value))
		value = CAP_CLEAR;
	cap_free(caps);
	return value == CAP_SET;
}

bool caps_can_bpf(void)
{
	return caps_have(CAP_SYS_ADMIN) || (caps_have(CAP_BPF) && caps_have(CAP_PERFMON));
}

/* Keeps in `kept` those of the needed that are permitted now. */
static int caps_keep(cap_t kept, cap_t now)
{
	for (size_t i = 0; i < ARRAY_LEN(caps_needed); i++) {
		cap_flag_value_t value;

		if (cap_get_flag(now, caps_needed[i], CAP_PERMITTED, &value))
			return -errno;
		if (value != CAP_SET)
			continue;
		if (cap_set_flag(kept, CAP_PERMITTED, 1, &caps_needed[i], CAP_SET) ||
			cap_set_flag(kept, CAP_EFFECTIVE, 1, &caps_needed[i], CAP_SET))
			return -errno;
	}
	return 0;
}

int caps_drop_all_but_needed(void)
{
	cap_t now = cap_get_proc(), kept = cap_init();
	int err = now && kept ? caps_keep(kept, now) : -ENOMEM;

	if (!err && cap_set_proc(kept))
		err = -errno;
	cap_free(now);
	cap_free(kept);
	return err;
}
