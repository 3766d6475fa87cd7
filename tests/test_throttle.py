import asyncio
import time

import pytest
from limits.errors import ConfigurationError

from fascicle.errors import Busy, Full, TooMany
from fascicle.web.throttle import MAX_WAITING, Limits, OneAtATime, Places, RateLimiter, visitor_address


def counted(limiter, *requests) -> list[int]:
    """Seconds to wait after each request; 0 where it was taken."""

    async def send():
        waits = []
        for kind, who in requests:
            try:
                await limiter.count(kind, who)
                waits.append(0)
            except TooMany as refused:
                waits.append(refused.retry_after)
        return waits

    return asyncio.run(send())


def test_requests_over_the_limit_are_told_how_long_to_wait():
    limiter = RateLimiter(Limits(sender="2 per minute"))
    first, second, third = counted(limiter, *[("sender", "a")] * 3)
    assert (first, second) == (0, 0)
    assert 1 <= third <= 60


def test_each_sender_and_each_address_has_its_own_limit():
    limiter = RateLimiter(Limits(sender="1 per minute", address="1 per minute"))
    assert counted(limiter, ("sender", "a"), ("sender", "b"), ("address", "a"), ("address", "b")) == [0] * 4


def test_of_several_limits_the_longest_wait_counts():
    limiter = RateLimiter(Limits(sender="1 per minute; 1 per hour"))
    assert counted(limiter, ("sender", "a"), ("sender", "a"))[1] > 60


def test_a_limit_ends_with_its_window(monkeypatch):
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    limiter = RateLimiter(Limits(sender="1 per minute"))
    assert counted(limiter, ("sender", "a"), ("sender", "a")) == [0, 60]
    now += 61
    assert counted(limiter, ("sender", "a")) == [0]


@pytest.mark.parametrize("limits", [Limits(sender="often"), Limits(address="")])
def test_a_limit_that_means_nothing_is_refused(limits):
    with pytest.raises(ValueError, match="couldn't parse"):
        RateLimiter(limits)


def test_counts_in_no_known_place_are_refused():
    with pytest.raises(ConfigurationError):
        RateLimiter(Limits(), "nowhere://")


def test_processes_count_together_in_redis(redis_server):
    first, second = (RateLimiter(Limits(sender="2 per minute"), redis_server.url) for _ in range(2))
    assert counted(first, ("sender", "a"), ("sender", "a")) == [0, 0]
    assert counted(second, ("sender", "a"), ("sender", "b"))[0] > 0


def test_redis_that_is_down_limits_nobody(redis_server, caplog):
    limiter = RateLimiter(Limits(sender="1 per minute"), redis_server.url)
    assert counted(limiter, ("sender", "a")) == [0]
    redis_server.kill()
    assert counted(limiter, ("sender", "a"), ("sender", "a")) == [0, 0]
    assert caplog.text.count("nobody is limited") == 1


def test_redis_that_hangs_is_not_waited_for_and_counts_again_once_it_goes_on(redis_server, monkeypatch):
    monkeypatch.setattr("fascicle.web.throttle.PAUSE_SECONDS", 1.0)
    limiter = RateLimiter(Limits(sender="1 per minute"), redis_server.url)
    assert counted(limiter, ("sender", "a")) == [0]
    redis_server.stop()
    start = time.monotonic()
    assert counted(limiter, *[("sender", "a")] * 100) == [0] * 100
    assert time.monotonic() - start < 1
    redis_server.go_on()
    limited = counted_until_limited(limiter)
    assert 0 < limited <= 60


def counted_until_limited(limiter) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if seconds := counted(limiter, ("sender", "a"))[0]:
            return seconds
    pytest.fail("nobody is limited any more")


def test_questions_of_a_conversation_run_in_order_and_those_of_others_beside_them():
    async def talk():
        turns, log, release = OneAtATime(), [], asyncio.Event()

        async def ask(sender, name, until=None):
            async with turns.turn(sender):
                log.append(f"{name} begins")
                if until:
                    await until.wait()
                log.append(f"{name} ends")

        same = [asyncio.ensure_future(ask("a", "first", release)), asyncio.ensure_future(ask("a", "second"))]
        await asyncio.ensure_future(ask("b", "other"))
        release.set()
        await asyncio.gather(*same)
        return log, turns._queues

    log, left = asyncio.run(talk())
    assert log == ["first begins", "other begins", "other ends", "first ends", "second begins", "second ends"]
    assert left == {}


def test_only_so_many_questions_may_wait():
    async def talk():
        turns, release = OneAtATime(), asyncio.Event()

        async def ask():
            async with turns.turn("a"):
                await release.wait()

        asked = [asyncio.ensure_future(ask()) for _ in range(MAX_WAITING + 2)]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert [type(task.exception()) for task in done] == [Busy]
        release.set()
        await asyncio.gather(*waiting)
        await ask()  # the conversation is free again

    asyncio.run(talk())


def test_what_waits_always_waits_behind_them():
    async def talk():
        turns, release, log = OneAtATime(), asyncio.Event(), []

        async def ask(name, always=False):
            async with turns.turn("a", always=always):
                await release.wait()
                log.append(name)

        asked = [asyncio.ensure_future(ask(number)) for number in range(MAX_WAITING + 1)]
        await asyncio.sleep(0)
        last = asyncio.ensure_future(ask("last", always=True))
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(*asked, last)
        return log

    assert asyncio.run(talk()) == [*range(MAX_WAITING + 1), "last"]


def test_a_place_is_free_again_when_its_question_ends_however_it_does():
    places = Places(2)
    with places.one(), places.one(), pytest.raises(Full), places.one():
        pass
    with pytest.raises(ValueError, match="wrong"), places.one():
        raise ValueError("wrong")
    assert places.taken == 0


def test_a_question_that_is_given_up_makes_room():
    async def talk():
        turns, release = OneAtATime(), asyncio.Event()

        async def ask():
            async with turns.turn("a"):
                await release.wait()

        running, waiting = asyncio.ensure_future(ask()), asyncio.ensure_future(ask())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        again = asyncio.ensure_future(ask())
        release.set()
        await asyncio.gather(running, again)

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "proxies", "address"),
    [
        ("203.0.113.7", [], 0, "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", [], 0, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", [], 0, "203.0.113.7"),
        # this computer itself
        ("127.0.0.1", [], 0, ""),
        ("::1", [], 0, ""),
        ("", [], 0, ""),
        # nobody vouches for the header
        ("203.0.113.7", ["198.51.100.1"], 0, "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1"], 0, ""),
        # a trusted proxy does
        ("127.0.0.1", ["198.51.100.1"], 1, "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66, 198.51.100.1"], 1, "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66", "198.51.100.1"], 1, "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66, 198.51.100.1, 10.0.0.2"], 2, "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1:4711"], 1, "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8:1:2::9]:4711"], 1, "2001:db8:1:2::/64"),
        # it has not added what it should have
        ("203.0.113.7", [], 1, "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], 2, "203.0.113.7"),
        ("203.0.113.7", ["unknown"], 1, "203.0.113.7"),
        ("203.0.113.7", [""], 1, "203.0.113.7"),
    ],
)
def test_a_visitor_is_counted_by_an_address_that_cannot_be_made_up(peer, forwarded_for, proxies, address):
    assert visitor_address(peer, forwarded_for, proxies) == address
