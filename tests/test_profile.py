from __future__ import annotations

from datetime import timedelta

import pytest

from fascicle.bot import profile
from fascicle.errors import StartError


@pytest.mark.parametrize(
    ("hours", "kept"),
    [(None, timedelta(days=1)), ("", timedelta(days=1)), ("1", timedelta(hours=1)), ("72", timedelta(days=3))],
)
def test_how_long_conversations_are_kept(monkeypatch: pytest.MonkeyPatch, hours: str | None, kept: timedelta) -> None:
    monkeypatch.delenv("FASCICLE_RETENTION_HOURS", raising=False)
    if hours is not None:
        monkeypatch.setenv("FASCICLE_RETENTION_HOURS", hours)
    assert profile.retention() == kept


@pytest.mark.parametrize("hours", ["0", "-1", "0.5", "a day", "nan", "9999999"])
def test_a_time_to_keep_conversations_that_means_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, hours: str) -> None:
    monkeypatch.setenv("FASCICLE_RETENTION_HOURS", hours)
    with pytest.raises(StartError, match="FASCICLE_RETENTION_HOURS"):
        profile.retention()


def test_requests_are_counted_in_memory_on_one_machine_and_in_redis_in_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASCICLE_PROFILE", raising=False)
    assert profile.redis_url() is None
    monkeypatch.setenv("FASCICLE_PROFILE", "cluster")
    for name in ("ACTIONS", "DATABASE"):
        monkeypatch.setenv(f"FASCICLE_{name}_URL", "http://127.0.0.1")
    monkeypatch.setenv("FASCICLE_REDIS_URL", "redis://:password@127.0.0.1:6379/0")
    assert profile.redis_url() == "redis://:password@127.0.0.1:6379/0"
