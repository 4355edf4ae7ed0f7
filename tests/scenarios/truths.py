# SPDX-License-Identifier: MIT
"""What must hold of the words each variant prints, whoever watches or not."""


def equal(*keys):
    return lambda t: len({t[k] for k in keys}) == 1


def is_(key, value):
    return lambda t: t[key] == value


def balanced(t):
    return t["stock"] == t["start"] + t["brought"] - t["taken"]


NOTHING_LOST = {"nothing is lost": is_("lost", 0), "counted": equal("expected", "counter")}
RIGHT_MARKET = {
    "balanced": balanced,
    "nobody brings too much or takes too much": is_("broken", 0),
    "not above the shelf": lambda t: t["highest"] == 1100,
    "not below nothing": lambda t: t["lowest"] == 95,
}
WHOLE_POOL = {"every task is done": equal("sum", "expected")}
ALL_BUSY = {**WHOLE_POOL, "all at work": equal("busy_max", "workers")}
WHOLE_MONEY = {"no money is lost": is_("sum", 200)}

ALL_BACK = {"each gave its value back": is_("sum", 15)}
ONE_COUNTER = {
    "all were added": lambda t: t["seen_by_main"] == 4 * t["n"],
    "and seen by all": equal("seen_by_main", "seen_by_workers"),
}
IN_TURN = {"beside each other": is_("interleaved", "yes")}
FAIR = {"a third for each": lambda t: all(200 < t[f"share_of_{i}"] < 466 for i in (1, 2, 3))}

ENDS = {"two finish, two are cut": lambda t: t["finished"] == 2 and t["cut"] == 2}
PLAYED = {"all were played": is_("rounds", 20010), "and created": is_("created", 210)}

ALL_ATE = {"all ate": equal("meals", "expected")}

GAVE_UP = {
    "all made is packed": equal("made", "packed"),
    "the maker gave up once, at full": is_("full", 1),
    "the packer gave up once, at empty": is_("empty", 1),
    "the belt was full": equal("queue.belt.depth_max", "queue.belt.capacity"),
}

PHASES = {"one leads each phase": equal("phases", "leaders"), "nobody is early": is_("early", 0)}

GOT_ALL = {"all are there": equal("sum", "expected")}
WROTE_ALL = {"every line is there": equal("lines", "expected")}

TRUTHS = {
    "coroutine/generator": GOT_ALL,
    "coroutine/switch": {"all were made": equal("exchanges", "expected")},
    "coroutine/io": GOT_ALL,
    "priority/plain": {"high had to wait for mid": is_("waited_for_mid", "yes")},
    "priority/inherit": {"high had not to": is_("waited_for_mid", "no")},
    "convoy/each": WROTE_ALL,
    "convoy/batched": WROTE_ALL,
    "preempted/holding": {"all are written": equal("written", "expected")},
    "preempted/brief": {"all are written": equal("written", "expected")},
    "spinwait/busy": {"got all": equal("got", "items")},
    "spinwait/blocking": {"got all": equal("got", "items")},
    "semaphore/permits": {"as many as there are spaces": equal("parked_max", "spaces")},
    "semaphore/signal": {"all are read": equal("written", "read")},
    "barrier/phases": PHASES,
    "barrier/straggler": PHASES,
    "rwlock/fair": {"written": is_("written", 3), "nothing is torn": is_("torn", 0)},
    "rwlock/writer-starved": {
        "written at last": is_("written", 1),
        "nothing is torn": is_("torn", 0),
        "after many reads": lambda t: t["passed"] >= 40,
    },
    "queue/unbounded": {"all is packed": equal("made", "packed")},
    "queue/lifo": {"the other way round": equal("turned", "items")},
    "queue/timeout": {**GAVE_UP, "after a time": is_("queue.belt.timeouts", 2)},
    "queue/nowait": {**GAVE_UP, "at once": is_("queue.belt.timeouts", 0)},
    "queue/join": {"all is packed": equal("made", "packed")},
    "relock/recursive": {"nothing refused": is_("refused", 0)},
    "relock/errorcheck": {"each second lock refused": is_("refused", 6)},
    "philosophers/ordered": ALL_ATE,
    "philosophers/waiter": ALL_ATE,
    "event/set": {"ten and one": is_("started", 11)},
    "event/clear": {"ten in three rounds": is_("started", 30)},
    "event/timeout": {"nine, and one not": lambda t: (t["started"], t["gave_up"]) == (9, 1)},
    "event/broadcast": {"ten heard the first call, one the second": is_("calls_heard", 12)},
    "daemon/thread": ENDS,
    "daemon/process": ENDS,
    "zombie/unreaped": {"all three": is_("zombies", 3)},
    "cost/process": PLAYED,
    "cost/thread": PLAYED,
    "cost/coroutine": PLAYED,
    "cost/chart": {"the kernel costs": is_("cheapest", "coroutine")},
    "workers/threads": ALL_BACK,
    "workers/processes": ALL_BACK,
    "memory/threads": ONE_COUNTER,
    "memory/processes": {
        "main's is untouched": is_("seen_by_main", 0),
        "each has its own": equal("seen_by_workers", "n"),
    },
    "memory/shared": ONE_COUNTER,
    "timeslice/one-cpu": {**IN_TURN, **FAIR},
    "timeslice/all-cpus": IN_TURN,
    "timeslice/nice": {
        **IN_TURN,
        "the nicer the less": lambda t: t["share_of_1"] > t["share_of_2"] > t["share_of_3"],
    },
    "timeslice/fifo": {"one after the other": is_("interleaved", "no")},
    "timeslice/rr": IN_TURN,
    "race/unlocked": {
        "updates are lost": lambda t: t["lost"] > 0,
        "and counted": lambda t: t["expected"] == t["counter"] + t["lost"],
    },
    "race/mutex": NOTHING_LOST,
    "race/atomic": NOTHING_LOST,
    "race/spin": NOTHING_LOST,
    "market/notify": RIGHT_MARKET,
    "market/notify-all": RIGHT_MARKET,
    "market/if-not-while": {
        "balanced": balanced,
        "the rule is broken": lambda t: t["broken"] > 0,
        "more than the shelf holds": lambda t: t["highest"] > 1100,
    },
    "market/lost-signal": {
        "nobody gets anything": is_("taken", 0),
        "all buyers wait": is_("waiting", 5),
        "though there is enough": lambda t: t["stock"] >= 100,
    },
    "queue/bounded": {
        "all is packed": equal("made", "packed"),
        "the belt was full": equal("queue.belt.depth_max", "queue.belt.capacity"),
        "all went over it": equal("queue.belt.puts", "queue.belt.gets"),
    },
    "pool/threads": WHOLE_POOL,
    "pool/processes": ALL_BUSY,
    "pool/apply": {**WHOLE_POOL, "one at work": is_("busy_max", 1)},
    "pool/async": ALL_BUSY,
    "pool/close": ALL_BUSY,
    "pool/terminate": {"some done, the rest dropped": lambda t: (t["done"], t["dropped"]) == (6, 14)},
    "pool/crash": {
        "all but one are done": lambda t: t["done"] == t["tasks"] - 1,
        "and that one is told": is_("failed", 7),
        "a sum without it": lambda t: t["sum"] == t["expected"] - 49,
    },
    "pipequeue/queue": {"nothing is lost": is_("lost", 0)},
    "pipequeue/cancel-join": {
        "no more came than the pipe holds": lambda t: t["got"] <= 4,
        "the rest is lost": lambda t: t["lost"] == t["put"] - t["got"],
    },
    "pipequeue/manager": {
        "all questions are answered": equal("asked", "answered"),
        "all came": equal("put", "got"),
    },
    "terminate/plain": {
        "nobody got in": is_("entered", 0),
        "half a move": is_("sum", 90),
        "ended by signal 15": is_("exitcode", -15),
    },
    "terminate/robust": {
        "both got in": is_("entered", 2),
        "one put it right": is_("recovered", 1),
        "the sum is right": is_("sum", 100),
        "ended by signal 15": is_("exitcode", -15),
    },
    "deadlock/abba": {"names who": is_("finding.deadlock.threads", "anna,bert")},
    "deadlock/ordered": WHOLE_MONEY,
    "deadlock/trylock": {**WHOLE_MONEY, "gave back twice at least": lambda t: t["retries"] >= 2},
}

# What the thread sanitizer says of a variant that is broken.
RACES = {
    "race/unlocked": "data race",
    "deadlock/abba": "lock-order-inversion",
    "philosophers/naive": "lock-order-inversion",
}

# What the thread sanitizer warns of though all is well: it does not know that one lock, held around
# them, keeps others from closing a circle.
TOO_CAREFUL = {"philosophers/waiter": "lock-order-inversion"}

# Whose line responsible is a call that blocks, or that lets others go on: threads were there.
BLAMED = {
    "barrier/phases", "barrier/straggler", "deadlock/abba", "deadlock/trylock", "event/broadcast",
    "event/timeout", "market/notify", "market/notify-all", "philosophers/naive",
    "philosophers/ordered", "philosophers/waiter", "preempted/brief", "preempted/holding",
    "priority/plain", "race/mutex", "relock/errorcheck", "relock/mutex", "rwlock/fair",
    "rwlock/writer-starved", "semaphore/permits", "semaphore/signal", "spinwait/blocking",
    "workers/threads",
}
