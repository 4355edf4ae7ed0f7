/* SPDX-License-Identifier: MIT */
/* Why the kernel did not take the probe, in words a person can act on. */
#include "source/bpf_load.h"

#include "core/lang.h"
#include "source/caps.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define BTF_PATH "/sys/kernel/btf/vmlinux"

static void fix_rights(struct source_check *check)
{
	char self[PATH_MAX] = "threadline";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0)
		self[n] = 0;
	snprintf(check->fix, sizeof(check->fix), "sudo setcap cap_bpf,cap_perfmon+ep %.180s", self);
}

static bool kernel_is_locked(void)
{
	char text[128] = "";
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");

	if (!f)
		return false;
	if (!fgets(text, sizeof(text), f))
		text[0] = 0;
	fclose(f);
	return strstr(text, "[confidentiality]");
}

static bool kernel_is_old(char *release, size_t size)
{
	struct utsname name;
	unsigned int major = 0, minor = 0;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	snprintf(release, size, "%s", name.release);
	return major < 5 || (major == 5 && minor < 15);
}

static void explain_rights(struct source_check *check, const char *call)
{
	if (!caps_can_bpf()) {
		snprintf(check->why, sizeof(check->why),
			tr("%s: %s: without %s%s%s nobody may load a probe"), call, strerror(EPERM),
			caps_have(CAP_BPF) ? "" : "cap_bpf",
			caps_have(CAP_BPF) || caps_have(CAP_PERFMON) ? "" : " and ",
			caps_have(CAP_PERFMON) ? "" : "cap_perfmon");
		fix_rights(check);
		return;
	}
	snprintf(check->why, sizeof(check->why),
		tr("%s: %s, though cap_bpf and cap_perfmon are there: %s"), call, strerror(EPERM),
		kernel_is_locked() ? tr("the kernel is locked down (confidentiality)")
				   : tr("a sandbox (seccomp, a container) forbids it"));
}

int bpf_explain(struct source_check *check, const char *call, int err)
{
	char release[65];

	if (kernel_is_old(release, sizeof(release)))
		snprintf(check->why, sizeof(check->why),
			tr("Linux %s is too old: the probe needs 5.15 or later"), release);
	else if (err == -EPERM)
		explain_rights(check, call);
	else if (access(BTF_PATH, R_OK))
		snprintf(check->why, sizeof(check->why),
			tr("the kernel was built without BTF (CONFIG_DEBUG_INFO_BTF): %s: %s"),
			BTF_PATH, strerror(errno));
	else if (err == -ENOSYS)
		snprintf(check->why, sizeof(check->why), tr("the kernel was built without bpf(2)"));
	else
		snprintf(check->why, sizeof(check->why),
			tr("%s: %s (-v tells what the kernel said)"), call, strerror(-err));
	return err;
}
