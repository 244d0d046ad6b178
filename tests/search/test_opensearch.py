"""The engine on a cluster: nodes that die, have too much to do, answer half or nothing; and writers that take turns across machines."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reviewhub.app import create_app
from reviewhub.config import Settings
from reviewhub.core.db import Database
from reviewhub.search import services
from reviewhub.search.backend import Filters, IndexAway, IndexBusy, Results
from reviewhub.search.documents import Document, Standing
from reviewhub.search.engines import index_for
from reviewhub.search.language import parse
from reviewhub.search.opensearch_index import OpenSearchIndex, index, mapping, transport, turns, writing

from .conftest import Add, build_of, lichen
from .opensearch import Answer, Node, clear

ENGINES = ("emulator",)

ROOT = Path(__file__).resolve().parents[2]

_HEALTHY_SEARCH = {"_shards": {"failed": 0, "total": 1}, "timed_out": False, "hits": {"total": {"value": 0}, "hits": []}}


@pytest.fixture
def name(run_name: str, request: pytest.FixtureRequest) -> str:
    """The name of an index that nothing else has."""
    return f"{run_name}-{abs(hash(request.node.name))}".replace("_", "-")


@pytest.fixture
def node(emulator_url: str) -> Iterator[Node]:
    made = Node(emulator_url)
    yield made
    made.stop()


@pytest.fixture
def other_node(emulator_url: str) -> Iterator[Node]:
    made = Node(emulator_url)
    yield made
    made.stop()


@pytest.fixture
def built(node: Node, name: str, emulator_url: str) -> Iterator[OpenSearchIndex]:
    """An index of thirty lichens, reached through one node."""
    made = OpenSearchIndex([node.url], name)
    build_of(made, range(30))
    node.asked.clear()
    yield made
    clear([emulator_url], name)


@pytest.fixture
def raw(emulator_url: str) -> Callable[..., dict]:
    """Speaks to the emulator past the index."""
    pool = urllib3.PoolManager()

    def asked(method: str, path: str, body: object = None) -> dict:
        answer = pool.request(method, emulator_url + path, body=json.dumps(body) if body is not None else None, headers={"Content-Type": "application/json"})
        return {"status": answer.status, **json.loads(answer.data)}

    return asked


def search(made: OpenSearchIndex, typed: str = "lichen") -> Results:
    return made.search(parse(typed), Filters(), "relevance", 0, 50)


def always(answer: Answer, part: str = "_search") -> Callable[[str, str, bytes], Answer | None]:
    """Answers so whatever goes to this part."""
    return lambda method, path, sent: answer if part in path else None


def first(n: int, answer: Answer, part: str = "_search") -> Callable[[str, str, bytes], Answer | None]:
    """Answers so the first times, and then passes on."""
    left = [n]

    def rule(method: str, path: str, sent: bytes) -> Answer | None:
        if part in path and left[0]:
            left[0] -= 1
            return answer
        return None

    return rule


class TestNodes:
    def test_when_one_of_two_dies_the_other_answers_and_the_dead_one_is_let_rest(
        self, built: OpenSearchIndex, node: Node, other_node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pool = OpenSearchIndex([node.url, other_node.url], built.name)
        for _ in range(4):
            assert search(pool).total == 30
        assert node.asked
        assert other_node.asked, "both are asked"
        node.stop()
        for _ in range(6):
            assert search(pool).total == 30
        tries: list[str] = []
        tried = transport.Cluster._tried
        monkeypatch.setattr(transport.Cluster, "_tried", lambda self, to, *rest: tries.append(to.name) or tried(self, to, *rest))
        for _ in range(6):
            assert search(pool).total == 30
        assert set(tries) == {other_node.url}

    def test_changes_are_written_though_one_of_two_dies_in_between(self, built: OpenSearchIndex, node: Node, other_node: Node) -> None:
        pool = OpenSearchIndex([node.url, other_node.url], built.name)
        with pool.batch() as batch:
            batch.put([lichen(n, 2) for n in range(40)])
            node.stop()
        assert pool.versions() == dict.fromkeys(range(40), 2)

    def test_a_node_that_is_back_is_asked_again(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transport, "REST_S", 0.05)
        node.stop()
        for _ in range(3):
            with pytest.raises(IndexAway):
                search(built)
        node.start()
        until = time.monotonic() + 20
        while built.trouble() and time.monotonic() < until:
            time.sleep(0.02)
        assert search(built).total == 30

    def test_while_all_are_down_a_reader_is_told_at_once(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transport, "REST_S", 60.0)
        monkeypatch.setattr(transport, "LONGEST_REST_S", 60.0)
        node.stop()
        with pytest.raises(IndexAway):
            search(built)
        node.start()
        node.asked.clear()
        for _ in range(20):
            with pytest.raises(IndexAway, match="lately"):
                search(built)
        assert node.asked == []

    def test_a_hang_up_is_tried_again(self, built: OpenSearchIndex, node: Node) -> None:
        node.rule = first(1, Answer(0))
        assert search(built).total == 30

    def test_a_node_that_says_nothing_is_given_up(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(index, "READING", transport.Patience(n_tries=2, read_s=1.2, whole_s=1.5))
        node.rule = always(Answer(delay_s=5, body=_HEALTHY_SEARCH))
        with pytest.raises(IndexAway, match="ReadTimeoutError"):
            search(built)

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (Answer(200, b"<html>Welcome</html>"), "something else than JSON"),
            (Answer(200, b"[]"), "something else than JSON"),
            (Answer(502, b"<html>Bad gateway</html>"), "something else than JSON"),
            (Answer(503, {"error": {"type": "cluster_block_exception", "reason": "no master"}}), "no master"),
            (Answer(401, {"error": "who are you?"}), "who are you"),
            (Answer(307, {}, {"Location": "http://127.0.0.1:1/"}), "307"),
            (Answer(200, {"tagline": "I am something else"}), "no results"),
            (Answer(400, {"error": {"type": "parsing_exception", "reason": "what is this"}}), "what is this"),
        ],
    )
    def test_what_is_no_answer_is_away(self, built: OpenSearchIndex, node: Node, answer: Answer, said: str) -> None:
        node.rule = always(answer)
        with pytest.raises(IndexAway, match=said):
            search(built)

    def test_a_password_is_sent_and_never_told(self, built: OpenSearchIndex, node: Node) -> None:
        seen: list[dict[str, str]] = []
        answer = node.answer
        node.answer = lambda method, path, sent, headers: seen.append(headers) or answer(method, path, sent, headers)  # type: ignore[method-assign]
        with_password = OpenSearchIndex([node.url.replace("//", "//keeper:se%40cret@")], built.name)
        assert search(with_password).total == 30
        assert {headers["authorization"] for headers in seen} == {"Basic a2VlcGVyOnNlQGNyZXQ="}
        node.stop()
        assert "cret" not in (with_password.trouble() or "cret")


class TestTooMuchToDo:
    def test_a_search_is_tried_again_after_a_wait_and_answered(self, built: OpenSearchIndex, node: Node) -> None:
        search(built)
        node.asked.clear()
        node.rule = first(2, Answer(429, {"error": {"type": "rejected_execution_exception", "reason": "queue is full"}}))
        assert search(built).total == 30
        assert len(node.asked) == 3

    def test_a_search_gives_up_after_few_tries_and_the_node_is_not_taken_for_dead(self, built: OpenSearchIndex, node: Node) -> None:
        search(built)
        node.asked.clear()
        node.rule = always(Answer(429, {"error": {"type": "rejected_execution_exception", "reason": "queue is full"}}))
        with pytest.raises(IndexAway, match="queue is full"):
            search(built)
        assert len(node.asked) == transport.READING.n_tries
        node.rule = None
        assert search(built).total == 30

    def test_waits_double_and_are_drawn_at_random_and_the_node_may_ask_for_longer(
        self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slept: list[float] = []
        most: list[float] = []
        monkeypatch.setattr(transport.time, "sleep", slept.append)
        monkeypatch.setattr(transport.random, "uniform", lambda low, high: most.append(high) or high / 2)
        node.rule = first(4, Answer(429, {}), "_refresh")
        with built.batch() as batch:
            batch.put([lichen(1, 2)])
        assert most == [transport.WAIT_S * 2**n for n in range(4)]
        assert [wait for wait in slept if wait] == [wait / 2 for wait in most]
        slept.clear()
        node.rule = first(1, Answer(429, {}, {"Retry-After": "3"}))
        assert search(built).total == 30
        assert [wait for wait in slept if wait] == [3.0]

    def test_longer_than_a_reader_waits_is_away_at_once(self, built: OpenSearchIndex, node: Node) -> None:
        search(built)
        node.asked.clear()
        node.rule = always(Answer(429, {}, {"Retry-After": "3600"}))
        with pytest.raises(IndexAway):
            search(built)
        assert len(node.asked) == 1


_HALF = {**_HEALTHY_SEARCH, "_shards": {"failed": 1, "total": 3, "failures": [{"reason": {"type": "node_disconnected_exception"}}]}}
_LATE = {**_HEALTHY_SEARCH, "timed_out": True}


class TestPartsOfAnAnswer:
    @pytest.mark.parametrize("part", [_HALF, _LATE])
    def test_a_part_is_tried_for_once_more(self, built: OpenSearchIndex, node: Node, part: object) -> None:
        node.rule = first(1, Answer(200, part))
        assert search(built).total == 30

    @pytest.mark.parametrize(("part", "said"), [(_HALF, "1 of 3 shards failed"), (_LATE, "ran out of time")])
    def test_a_part_is_no_answer(self, built: OpenSearchIndex, node: Node, part: object, said: str) -> None:
        node.rule = always(Answer(200, part))
        for ask in (lambda: search(built), lambda: built.suggest("lich", 5), lambda: built.correct("lichin"), built.count, built.versions):
            with pytest.raises(IndexAway, match=said):
                ask()

    def test_the_cluster_is_told_to_give_no_part_and_to_give_up_in_time(self, built: OpenSearchIndex, node: Node) -> None:
        bodies: list[dict] = []
        node.rule = lambda method, path, sent: bodies.append(json.loads(sent)) if "_search" in path else None
        search(built)
        assert "allow_partial_search_results=false" in node.asked[-1][1]
        assert bodies[-1]["timeout"] == "3s"

    def test_writers_are_told_when_not_every_shard_shows_what_was_written(self, built: OpenSearchIndex, node: Node) -> None:
        node.rule = always(Answer(200, {"_shards": {"failed": 1, "total": 2}}), "_refresh")
        with pytest.raises(IndexBusy), built.batch() as batch:
            batch.put([lichen(1, 2)])


class TestBulk:
    def test_requests_are_bounded(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        sizes: list[tuple[int, int]] = []
        node.rule = lambda method, path, sent: sizes.append((sent.count(b"\n") // 2, len(sent))) if "_bulk" in path else None
        monkeypatch.setattr(writing, "MAX_ACTIONS", 10)
        with built.batch() as batch:
            batch.put([lichen(n, 2) for n in range(25)])
            assert sizes == [], "nothing is sent before the end"
        assert [n for n, _ in sizes] == [10, 10, 5]
        monkeypatch.setattr(writing, "MAX_BYTES", sizes[0][1] // 2)
        sizes.clear()
        with built.batch() as batch:
            batch.put([lichen(n, 3) for n in range(10)])
        assert len(sizes) >= 2
        assert all(n_bytes <= writing.MAX_BYTES for _, n_bytes in sizes)
        assert sum(n for n, _ in sizes) == 10
        assert built.versions()[9] == 3

    def test_a_document_for_which_there_was_no_room_is_sent_again_alone(self, built: OpenSearchIndex, node: Node) -> None:
        sent_lines: list[int] = []

        def rule(method: str, path: str, sent: bytes) -> Answer | None:
            if "_bulk" not in path:
                return None
            sent_lines.append(sent.count(b"\n"))
            if len(sent_lines) > 1:
                return None
            full = {"index": {"_id": "1", "status": 429, "error": {"type": "opensearch_rejected_execution_exception", "reason": "full"}}}
            done = {"index": {"_id": "0", "status": 200}}
            return Answer(200, {"errors": True, "items": [done, full, done]})

        node.rule = rule
        with built.batch() as batch:
            batch.put([lichen(0, 2), lichen(1, 2), lichen(2, 2)])
        assert sent_lines == [6, 2]
        assert built.versions()[1] == 2

    def test_a_cluster_that_stays_full_is_tried_again_later(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writing, "WAIT_S", 0.001)
        full = {"index": {"_id": "1", "status": 429, "error": {"type": "opensearch_rejected_execution_exception", "reason": "full"}}}
        node.rule = always(Answer(200, {"errors": True, "items": [full]}), "_bulk")
        with pytest.raises(IndexBusy, match="no room"), built.batch() as batch:
            batch.put([lichen(1, 2)])
        assert sum("_bulk" in path for _, path in node.asked) == writing.MAX_ROUNDS

    def test_a_document_that_is_refused_is_named_and_holds_up_no_other(self, built: OpenSearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
        source = mapping.source
        monkeypatch.setattr(mapping, "source", lambda document: source(document) | ({"unheard_of": 1} if document.id == 5 else {}))
        with pytest.raises(writing.DocumentsRefused, match="strict_dynamic_mapping_exception"), built.batch() as batch:
            batch.put([lichen(n, 2) for n in range(10)])
        assert [paper_id for paper_id, version in built.versions().items() if version == 1] == [5, *range(10, 30)]

    def test_a_rebuild_leaves_out_what_is_refused(self, built: OpenSearchIndex, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
        source = mapping.source
        monkeypatch.setattr(mapping, "source", lambda document: source(document) | ({"unheard_of": 1} if document.id == 5 else {}))
        build_of(built, range(10))
        assert sorted(built.versions()) == [0, 1, 2, 3, 4, 6, 7, 8, 9]
        assert "paper 5 cannot be indexed" in caplog.text

    def test_an_answer_that_does_not_fit_is_not_believed(self, built: OpenSearchIndex, node: Node) -> None:
        node.rule = always(Answer(200, {"errors": False, "items": []}), "_bulk")
        with pytest.raises(IndexBusy, match="does not fit"), built.batch() as batch:
            batch.put([lichen(1, 2)])

    def test_numbers_are_sent_without_the_text(self, built: OpenSearchIndex, node: Node) -> None:
        sent_bodies: list[bytes] = []
        node.rule = lambda method, path, sent: sent_bodies.append(sent) if "_bulk" in path else None
        with built.batch() as batch:
            batch.stand([Standing(3, 800, 850, 5, 1)])
        assert len(sent_bodies[0]) < 200
        assert built.standings() == {3: Standing(3, 800, 850, 5, 1)}


class TestTurns:
    def test_a_writer_waits_its_turn_and_then_says_busy(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(index, "WRITE_WAIT_S", 0.2)
        with built.batch(), pytest.raises(IndexBusy), OpenSearchIndex([node.url], built.name).batch():
            pass
        with OpenSearchIndex([node.url], built.name).batch():
            pass

    def test_the_turn_of_a_writer_that_died_runs_out(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(index, "WRITE_WAIT_S", 0.2)
        turns.Turn(built._cluster, f"{built.name}-turns", "write").take(0)
        with pytest.raises(IndexBusy), built.batch():
            pass
        monkeypatch.setattr(turns, "now", lambda: time_later(turns.LEASE_S + 1))
        with built.batch() as batch:
            batch.put([lichen(1, 2)])
        assert built.versions()[1] == 2

    def test_a_writer_that_slept_through_its_turn_writes_nothing(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        slept = OpenSearchIndex([node.url], built.name)
        with pytest.raises(IndexBusy, match="run out"), slept.batch() as batch:  # noqa: PT012
            batch.put([lichen(1, 2)])
            with monkeypatch.context() as later:
                later.setattr(turns, "now", lambda: time_later(turns.LEASE_S + 1))
                with built.batch() as other:
                    other.put([lichen(1, 3)])
            monkeypatch.setattr(turns, "LEASE_S", 0.0)
        assert built.versions()[1] == 3

    def test_a_long_turn_is_renewed(self, built: OpenSearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writing, "MAX_ACTIONS", 5)
        monkeypatch.setattr(turns, "LEASE_S", 0.0)  # every request renews
        with built.batch() as batch:
            batch.put([lichen(n, 2) for n in range(20)])
        assert built.versions()[19] == 2

    def test_a_turn_whose_answer_was_lost_is_ours_all_the_same(self, built: OpenSearchIndex, node: Node, emulator_url: str) -> None:
        pool = urllib3.PoolManager()

        def rule(method: str, path: str, sent: bytes) -> Answer | None:
            if method == "PUT" and "-turns/_doc/write" in path and node.asked.count((method, path)) == 1:
                pool.request(method, emulator_url + path, body=sent, headers={"Content-Type": "application/json"})
                return Answer(0)
            return None

        node.rule = rule
        with built.batch() as batch:
            batch.put([lichen(1, 2)])
        assert built.versions()[1] == 2

    def test_many_writers_lose_nothing(self, built: OpenSearchIndex, node: Node) -> None:
        def write(n: int) -> None:
            with OpenSearchIndex([node.url], built.name).batch() as batch:
                batch.put([lichen(100 + n), lichen(7, 100 + n)])

        writers = [threading.Thread(target=write, args=(n,)) for n in range(6)]
        for thread in writers:
            thread.start()
        for thread in writers:
            thread.join()
        assert set(range(100, 106)) <= set(built.versions())


def time_later(seconds: float) -> object:
    import datetime as dt

    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


class TestBuilds:
    def test_a_rebuild_leaves_one_index_and_the_alias_on_it(self, built: OpenSearchIndex, raw: Callable[..., dict]) -> None:
        raw("PUT", f"/{built.name}-build-leftover", {})
        build_of(built, range(3))
        indices = [index_name for index_name in raw("GET", f"/{built.name}-*/_alias") if "-build-" in index_name]
        assert len(indices) == 1
        assert list(raw("GET", f"/_alias/{built.name}"))[1:] == indices

    def test_a_rebuild_that_fails_leaves_nothing_new(self, built: OpenSearchIndex, node: Node, raw: Callable[..., dict]) -> None:
        before = raw("GET", f"/{built.name}-build-*/_alias")
        node.rule = always(Answer(500, {"error": {"type": "illegal_state_exception", "reason": "no"}}), "_aliases")
        with pytest.raises(IndexBusy):
            build_of(built, range(3))
        assert raw("GET", f"/{built.name}-build-*/_alias") == before
        assert search(built).total == 30

    def test_a_swap_whose_answer_was_lost_is_done(self, built: OpenSearchIndex, node: Node, emulator_url: str) -> None:
        pool = urllib3.PoolManager()

        def rule(method: str, path: str, sent: bytes) -> Answer | None:
            if path == "/_aliases" and node.asked.count((method, path)) == 1:
                pool.request(method, emulator_url + path, body=sent, headers={"Content-Type": "application/json"})
                return Answer(0)
            return None

        node.rule = rule
        build_of(built, range(3))
        assert search(built).total == 3

    def test_a_search_that_meets_a_swap_is_asked_again(self, built: OpenSearchIndex, node: Node) -> None:
        node.rule = first(1, Answer(404, {"error": {"type": "index_not_found_exception", "reason": f"no such index [{built.name}-build-before]"}}))
        assert search(built).total == 30

    def test_the_mapping_is_strict(self, built: OpenSearchIndex, raw: Callable[..., dict]) -> None:
        assert raw("PUT", f"/{built.name}/_doc/1", {"unheard_of": 1})["status"] == 400

    def test_every_process_takes_an_index_for_its_own(self) -> None:
        program = "from reviewhub.search.opensearch_index import mapping; print(mapping.fingerprint())"
        told = [
            subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, cwd=ROOT).stdout
            for seed in "12"
        ]
        assert told[0] == told[1]
        assert told[0].decode().strip() == mapping.fingerprint()

    def test_an_index_of_another_program_version_asks_for_a_rebuild(self, built: OpenSearchIndex, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(mapping, "fingerprint", lambda: "another")
        newer = OpenSearchIndex([node.url], built.name)
        assert newer.trouble() == "it was built by another version of this program"
        with pytest.raises(IndexAway), newer.batch():
            pass
        build_of(newer, range(3))
        assert newer.trouble() is None
        monkeypatch.undo()
        assert built.trouble() == "it was built by another version of this program"

    def test_a_deleted_index_is_away_and_made_anew_and_never_by_writing_to_it(self, built: OpenSearchIndex, node: Node, raw: Callable[..., dict]) -> None:
        with pytest.raises(IndexAway), built.batch() as batch:  # noqa: PT012
            batch.put([lichen(1, 2)])
            (live,) = [found for found in raw("GET", f"/_alias/{built.name}") if found != "status"]
            raw("DELETE", f"/{live}")
        with pytest.raises(IndexAway, match="has not been built"):
            search(built)
        assert raw("GET", f"/{built.name}/_mapping")["status"] == 404
        build_of(built, range(3))
        assert search(built).total == 3

    def test_an_index_that_took_the_name_is_replaced(self, node: Node, name: str, raw: Callable[..., dict], emulator_url: str) -> None:
        raw("PUT", f"/{name}/_doc/1", {"made": "by somebody who wrote to the name"})
        made = OpenSearchIndex([node.url], name)
        assert made.trouble() == f"{name} is not the alias of one index"
        build_of(made, range(3))
        assert made.trouble() is None
        assert search(made).total == 3
        clear([emulator_url], name)

    def test_a_very_long_word_and_wild_characters_are_indexed(self, built: OpenSearchIndex) -> None:
        wild = Document(
            77, 1, "article", 2024, 20240101, None, ["Moss " + "x" * 50_000, "a\x00b\ud800c \U0010ffff 𠀀𠀁"], identifiers=["doi:10.1/" + "y" * 40_000]
        )
        with built.batch() as batch:
            batch.put([wild])
        assert [paper_id for paper_id, _ in search(built, "moss").hits] == [77]
        assert [paper_id for paper_id, _ in search(built, "𠀀𠀁").hits] == [77]


class TestSite:
    def test_pages_say_that_search_is_away_and_everything_else_works(self, settings: Settings, engine: str, add: Add) -> None:
        paper = add("Lichens", identifiers={"doi": ["10.1000/some.thing"]})
        client = create_app(dataclasses.replace(settings, search_url="opensearch:http://127.0.0.1:1,http://127.0.0.1:2")).test_client()
        for path, said in (("/search?q=lichens", "Search is away"), ("/zh/search?q=lichens", "搜索暂不可用")):
            answer = client.get(path)
            assert answer.status_code == 200
            assert said in answer.text
        assert client.get("/search?q=10.1000/some.thing").status_code == 302
        assert client.get(f"/papers/{paper}").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json["search"] != "ok") == (200, True)

    def test_a_keeper_is_told_why_in_a_line(self, settings: Settings, engine: str, add: Add) -> None:
        add("Lichens")
        runner = create_app(dataclasses.replace(settings, search_url="opensearch:http://127.0.0.1:1#away")).test_cli_runner()
        for words, code, said in (
            (["search", "query", "lichens"], 1, "Error: Search is away: no node has answered lately, http://127.0.0.1:1 does not answer"),
            (["search", "rebuild"], 1, "Error: Not now: the cluster does not answer"),
            (["search", "check"], 1, "The index cannot be used"),
            (["setup"], 0, "The search index waits: the cluster does not answer"),
        ):
            done = runner.invoke(args=words)
            assert done.exit_code == code
            assert said in done.output

    def test_a_job_is_tried_again_later_while_the_cluster_is_away(
        self, settings: Settings, engine: str, add: Add, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paper = add("Lichens")
        away = dataclasses.replace(settings, search_url="opensearch:http://127.0.0.1:1#away")
        monkeypatch.setattr(transport.time, "sleep", lambda seconds: pytest.fail("other jobs wait meanwhile"))
        for change in (lambda: services.update(database, away, [paper]), lambda: services.rebuild(database, away), lambda: services.prepare(database, away)):
            with pytest.raises(IndexBusy):
                change()


@pytest.mark.parametrize(
    "url",
    [
        "opensearch:",
        "opensearch:one:9200",
        "opensearch:ftp://one",
        "opensearch:http://one,",
        "opensearch:http://u:secret@one:x",
        "opensearch:http://one#Not,A,Name",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_without_being_told(settings: Settings, engine: str, url: str) -> None:
    with pytest.raises(ValueError, match="REVIEWHUB_SEARCH_URL has to be opensearch:") as told:
        index_for(dataclasses.replace(settings, search_url=url))
    assert "secret" not in str(told.value)


def test_an_address_names_nodes_and_index(settings: Settings, engine: str) -> None:
    made = index_for(dataclasses.replace(settings, search_url="opensearch:https://u:p@one:9200/behind/proxy, http://[::1]:9201#papers"))
    assert isinstance(made, OpenSearchIndex)
    assert made.name == "papers"
    assert [(node.name, node.path) for node in made._cluster._nodes] == [("https://one:9200", "/behind/proxy"), ("http://[::1]:9201", "")]


@pytest.fixture(scope="module")
def three_papers(emulator_url: str, run_name: str) -> OpenSearchIndex:
    made = OpenSearchIndex([emulator_url], f"{run_name}-anything".replace("_", "-"))
    papers = [
        lichen(1),
        Document(2, 1, "review", 2021, 20210301, 3, ["脊柱侧凸的基因研究"], texts=["目的：探讨。"]),
        Document(3, 1, "article", 1999, 0, None, ["To be or not to be"]),
    ]
    made.rebuild(lambda batch: batch.put(papers), lambda batch, written: None)
    return made


_syntax = st.text(alphabet='"“”-:：*()~+.[]{}/\\^?!&|<>@# \n\t0129aegnTOR年作者基因王癌ー한é\u0301\u200b\ud800').map(lambda text: text * 2)
_fields = st.lists(
    st.sampled_from(["author:", "year:", "type:", "-", '"', "title:", "OR", "NOT", "gene", "基因", "癌", "the", "20", "..", "10.1000/", "*", " "]), max_size=30
).map("".join)


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | _syntax | _fields)
def test_any_text_at_all_is_answered(three_papers: OpenSearchIndex, text: str) -> None:
    found = three_papers.search(parse(text), Filters(), "relevance", 0, 20, facets=True)
    assert len(found.hits) == found.total <= 3
    three_papers.suggest(text, 5)
    three_papers.correct(text)


@pytest.mark.parametrize(
    "text",
    [
        "癌 " * 500,
        "aaa* " * 300,
        "a OR " * 300,
        "-a " * 300,
        "author:" * 100,
        "x" * 100_000,
        "word" + " word-" * 5_000,
        '"' * 9_999,
        " ".join(f"w{n}" for n in range(10_000)),
    ],
)
def test_long_queries_are_answered(three_papers: OpenSearchIndex, text: str) -> None:
    found = three_papers.search(parse(text), Filters(), "relevance", 0, 20, facets=True)
    assert found.total <= 3
    three_papers.suggest(text, 5)
    three_papers.correct(text)
