// SPDX-License-Identifier: MIT
// The same of C++: names that its compiler writes otherwise than its author, and an inlined call.
#include <cstdio>
#include <mutex>
#include <sys/prctl.h>
#include <csignal>
#include <thread>
#include <unistd.h>

namespace bank
{
template <typename T> struct account {
	std::mutex &lock;
	T sum;

	inline __attribute__((always_inline)) void wait_inlined()
	{
		lock.lock();
		sum += 1;
	}

	__attribute__((noinline)) int transfer(const char *to, double much)
	{
		wait_inlined();
		return to[0] + static_cast<int>(much + sum);
	}
};
} // namespace bank

volatile int sink;

int main()
{
	static std::mutex lock;
	static volatile int tid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	lock.lock();
	std::thread other([] {
		bank::account<long> a{lock, 1};

		tid = gettid();
		sink = a.transfer("x", 1.5) + 1;
	});
	while (!tid)
		usleep(1000);
	usleep(200000);
	printf("cpp %d\nready\n", tid);
	fflush(stdout);
	for (;;)
		pause();
}
