/* SPDX-License-Identifier: MIT */
/* A process's open descriptors, and which of its sockets are connections. */
#include "source/info.h"
#include "source/info_files.h"

#include "core/vec.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINES_MOST 20000 /* of one table, on a machine with very many connections */

typedef vec(u64) inodes;

/* An address as the kernel prints it: groups of 8 digits, each a word in this machine's order. */
static bool address_text(const char *hex, size_t digits, char *out, size_t size)
{
	u32 words[4] = {0};

	if (digits != 8 && digits != 32)
		return false;
	for (size_t i = 0; i < digits / 8; i++)
		if (sscanf(hex + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	return inet_ntop(digits == 8 ? AF_INET : AF_INET6, words, out, (socklen_t)size) != NULL;
}

static bool end_text(const char *end, char *out, size_t size)
{
	size_t digits = strcspn(end, ":");
	char address[64];
	unsigned port;

	if (!address_text(end, digits, address, sizeof(address)) ||
		sscanf(end + digits, ":%4x", &port) != 1)
		return false;
	snprintf(out, size, digits == 8 ? "%s:%u" : "[%s]:%u", address, port);
	return true;
}

u64 info_socket(const char *protocol, const char *line, char *told, size_t size)
{
	char local[64], remote[64], here[80], there[80];
	unsigned state;
	u64 inode;

	if (sscanf(line, "%*u: %63[0-9A-Fa-f:] %63[0-9A-Fa-f:] %x %*s %*s %*s %*u %*u %" SCNu64,
		    local, remote, &state, &inode) != 4 ||
		!end_text(local, here, sizeof(here)) || !end_text(remote, there, sizeof(there)))
		return 0;
	if (state == 0x0a) /* TCP_LISTEN, include/net/tcp_states.h */
		snprintf(told, size, "%s %s listens", protocol, here);
	else if (state == 0x07) /* TCP_CLOSE: of UDP, not connected */
		snprintf(told, size, "%s %s", protocol, here);
	else
		snprintf(told, size, "%s %s to %s", protocol, here, there);
	return inode;
}

static bool inodes_have(const inodes *list, u64 inode)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == inode)
			return true;
	return false;
}

static void table_read(struct info_process *p, const char *table, const inodes *ours)
{
	char path[64], line[512], told[sizeof(p->told[0])];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%u/net/%s", p->task.id, table);
	in = fopen(path, "re");
	for (int n = 0; in && n < LINES_MOST && fgets(line, sizeof(line), in); n++) {
		u64 inode = info_socket(table, line, told, sizeof(told));

		if (!inode || !inodes_have(ours, inode))
			continue;
		if (p->connections < INFO_CONNECTIONS)
			memcpy(p->told[p->connections], told, sizeof(told));
		p->connections++;
	}
	if (in)
		fclose(in);
}

void info_descriptors(struct info_process *p)
{
	static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6"};
	char path[320], to[64];
	struct dirent *entry;
	inodes ours = {0};
	u64 inode;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/fd", p->task.id);
	dir = opendir(path);
	p->files = p->sockets = p->connections = dir ? 0 : INFO_UNKNOWN;
	while (dir && (entry = readdir(dir))) {
		ssize_t n;

		if (entry->d_name[0] == '.')
			continue;
		p->files++;
		n = readlinkat(dirfd(dir), entry->d_name, to, sizeof(to) - 1);
		to[MAX(n, 0)] = 0;
		if (sscanf(to, "socket:[%" SCNu64 "]", &inode) == 1)
			vec_push(&ours, inode);
	}
	if (dir) {
		closedir(dir);
		p->sockets = ours.n;
		for (size_t i = 0; ours.n && i < ARRAY_LEN(tables); i++)
			table_read(p, tables[i], &ours);
	}
	vec_free(&ours);
}
