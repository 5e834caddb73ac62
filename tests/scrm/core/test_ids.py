"""Ids made here: ordered inside, unguessable outside."""

from __future__ import annotations

import re
import threading
import time

from scrm.core.ids import public_id, uuid7


def test_a_uuid7_has_its_version_variant_and_time() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert abs((made.int >> 80) - time.time_ns() // 1_000_000) < 5_000


def test_ids_of_one_process_are_born_in_order() -> None:
    """The outbox is read in the order of its keys: two facts of one millisecond must not swap."""
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_make_the_same_id() -> None:
    made: list[list[object]] = [[] for _ in range(8)]

    def work(mine: list[object]) -> None:
        mine += [uuid7() for _ in range(2_000)]

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [one for mine in made for one in mine]
    assert len(set(everything)) == len(everything)


def test_a_public_id_shows_its_kind_and_nothing_else() -> None:
    made = {public_id("mem") for _ in range(5_000)}
    assert len(made) == 5_000
    assert all(re.fullmatch(r"mem_[0-9a-hjkmnp-tv-z]{26}", one) for one in made)
