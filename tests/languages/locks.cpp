/* SPDX-License-Identifier: MIT */
// C++ threads that stand still for good: two in each other's way, one at each other primitive.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unistd.h>

namespace bank {
static std::mutex one, other;
}
static std::mutex empty;
static std::recursive_mutex deep;
static std::shared_mutex shared;
static std::condition_variable signalled;
static std::atomic<int> arrived{0}, raw{0};
static std::atomic<pid_t> tids[2];

static void say(const char *kind, long owner)
{
	std::printf("wait %d %s %ld\n", gettid(), kind, owner);
	std::fflush(stdout);
	arrived++;
}

static void embrace(int i)
{
	std::lock_guard<std::mutex> held(i ? bank::other : bank::one);
	tids[i] = gettid();
	while (!tids[!i])
		usleep(1000);
	say("lock", tids[!i]);
	std::lock_guard<std::mutex> wanted(i ? bank::one : bank::other);
}

int main()
{
	std::lock_guard<std::recursive_mutex> again(deep), and_again(deep);
	std::lock_guard<std::shared_mutex> written(shared);
	pid_t self = getpid();

	for (int i = 0; i < 2; i++)
		std::thread(embrace, i).detach();
	std::thread([self] { say("lock", self); deep.lock(); }).detach();
	std::thread([self] { say("lock", self); shared.lock_shared(); }).detach();
	std::thread([] {
		std::unique_lock<std::mutex> held(empty);
		say("cond", 0);
		signalled.wait(held, [] { return false; });
	}).detach();
	std::thread([] { say("futex", 0); raw.wait(0); }).detach();
	while (arrived < 6)
		usleep(1000);
	usleep(200000);
	std::puts("ready");
	std::fflush(stdout);
	for (;;)
		pause();
}
