"""How well search ranks: judged collections through the site's own search, against plain BM25 on the same files.

    .venv/bin/python bench/relevance.py DIR [--queries FILE] [--qrels FILE] [--run FILE]

DIR holds `docs.jsonl.gz` (id, title, abstract or text), `queries*.jsonl` (id, text) and `qrels*.txt` (query, 0, document, grade). Queries are
typed as they stand, into the search box. Prints nDCG@10, MAP and recall@100 and one JSON line; `--run` writes what was found for trec_eval.
Without qrels but with `known_item_queries` (qid, query, target) it prints MRR and success@10 instead.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import sys
import tempfile
import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import snowballstemmer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reviewhub.search.backend import Filters
from reviewhub.search.documents import Document
from reviewhub.search.language import parse
from reviewhub.search.whoosh_index import WhooshIndex

# Deep enough for MAP and recall as they are usually reported.
DEPTH = 1_000

Ranking = dict[str, list[tuple[str, float]]]
Judgements = dict[str, dict[str, int]]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def documents(records: list[dict[str, Any]]) -> Iterator[Document]:
    """The records as the index takes papers, numbered from 1."""
    for number, record in enumerate(records, 1):
        texts = [text for name in ("abstract", "text") if (text := record.get(name))]
        keywords = [str(word) for word in record.get("keywords") or ()]
        slugs = [f"{number}-{n}" for n in range(len(keywords))]
        yield Document(number, 1, "article", None, 0, None, [record.get("title") or ""], keywords=keywords, keyword_slugs=slugs, texts=texts)


def searched(index: WhooshIndex, queries: dict[str, str], names: list[str]) -> Ranking:
    """What the site finds, best first."""
    found: Ranking = {}
    for query, text in queries.items():
        results = index.search(parse(text), Filters(), "relevance", 0, DEPTH)
        found[query] = [(names[number - 1], score) for number, score in results.hits]
    return found


class PlainBm25:
    """The usual yardstick: title and text as one, Porter stems, k1 0.9, b 0.4, any of the words."""

    STOPS = frozenset(
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with".split()
    )

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._stemmer = snowballstemmer.stemmer("porter")
        self._stems: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        terms, documents, counts = array("I"), array("I"), array("f")
        lengths = np.zeros(len(records))
        for number, record in enumerate(records):
            found = self._terms(" ".join(str(record.get(name) or "") for name in ("title", "abstract", "text")))
            lengths[number] = len(found)
            for term, n in Counter(found).items():
                terms.append(self._numbers.setdefault(term, len(self._numbers)))
                documents.append(number)
                counts.append(n)
        order = np.argsort(np.frombuffer(terms, np.uint32), kind="stable") if terms else np.empty(0, np.int64)
        self._documents = np.frombuffer(documents, np.uint32)[order] if terms else order
        self._counts = np.frombuffer(counts, np.float32)[order] if terms else order
        self._ends = np.cumsum(np.bincount(np.frombuffer(terms, np.uint32))) if terms else order
        self._norm = 0.9 * (1 - 0.4 + 0.4 * lengths / max(lengths.mean(), 1))
        self._n = len(records)

    def _terms(self, text: str) -> list[str]:
        found = []
        for word in re.findall(r"[^\W_]+", text.lower()):
            if word not in self.STOPS:
                if word not in self._stems:
                    self._stems[word] = self._stemmer.stemWord(word)
                found.append(self._stems[word])
        return found

    def searched(self, queries: dict[str, str], names: list[str]) -> Ranking:
        found: Ranking = {}
        for query, text in queries.items():
            scores = np.zeros(self._n)
            for term in self._terms(text):
                if term in self._numbers:
                    place = self._numbers[term]
                    some = slice(self._ends[place - 1] if place else 0, self._ends[place])
                    numbers, counts = self._documents[some], self._counts[some]
                    rarity = math.log(1 + (self._n - len(numbers) + 0.5) / (len(numbers) + 0.5))
                    scores[numbers] += rarity * counts / (counts + self._norm[numbers])
            order = np.argsort(-scores, kind="stable")[:DEPTH]
            found[query] = [(names[number], float(scores[number])) for number in order.tolist() if scores[number] > 0]
        return found


def measured(run: Ranking, judged: Judgements) -> dict[str, float]:
    """nDCG@10 with grades as gains, MAP and recall@100 over all judged queries that have a relevant document."""
    sums = {"ndcg@10": 0.0, "map": 0.0, "recall@100": 0.0}
    asked = [query for query, grades in judged.items() if any(grade > 0 for grade in grades.values())]
    for query in asked:
        grades = judged[query]
        ranked = [grades.get(name, 0) for name, _ in run.get(query, ())]
        relevant = sorted((grade for grade in grades.values() if grade > 0), reverse=True)
        ideal = sum(grade / math.log2(n + 2) for n, grade in enumerate(relevant[:10]))
        sums["ndcg@10"] += sum(max(grade, 0) / math.log2(n + 2) for n, grade in enumerate(ranked[:10])) / ideal
        n_found, precisions = 0, 0.0
        for n, grade in enumerate(ranked, 1):
            if grade > 0:
                n_found += 1
                precisions += n_found / n
        sums["map"] += precisions / len(relevant)
        sums["recall@100"] += sum(grade > 0 for grade in ranked[:100]) / len(relevant)
    return {name: value / max(len(asked), 1) for name, value in sums.items()}


def known_items(index: WhooshIndex, names: list[str], path: Path) -> dict[str, float]:
    """Of queries that one record is meant by: the mean of one over its place, and how often it is among the first ten."""
    place_of = {name: number for number, name in enumerate(names, 1)}
    ranks = []
    for query in lines(path):
        if query["target"] in place_of:
            hits = [number for number, _ in index.search(parse(query["query"]), Filters(), "relevance", 0, 100).hits]
            wanted = place_of[query["target"]]
            ranks.append(1 / (hits.index(wanted) + 1) if wanted in hits else 0.0)
    return {"mrr": sum(ranks) / max(len(ranks), 1), "success@10": sum(rank >= 0.1 for rank in ranks) / max(len(ranks), 1), "queries": len(ranks)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--queries", type=Path)
    parser.add_argument("--qrels", type=Path)
    parser.add_argument("--run", type=Path)
    options = parser.parse_args()
    folder: Path = options.folder
    held = next((path for name in ("docs.jsonl.gz", "docs.jsonl", "csl_records.jsonl.gz") if (path := folder / name).exists()), None)
    if held is None:
        parser.error(f"no docs.jsonl.gz in {folder}")
    records = list(lines(held))
    names = [str(record.get("id", record.get("_id"))) for record in records]
    with tempfile.TemporaryDirectory() as place:
        index = WhooshIndex(Path(place) / "search")
        index.rebuild(lambda batch: batch.put(documents(records)), lambda _batch, _written: None)
        known = next(folder.glob("known_item_queries*.jsonl*"), None)
        if known and not options.queries:
            found = known_items(index, names, known)
            print(f"{folder.name}: {len(records)} records, {found['queries']} queries: MRR {found['mrr']:.4f}   success@10 {found['success@10']:.4f}")
            print(json.dumps({"collection": folder.name, **found}))
            return
        queries_path = options.queries or next(iter(sorted(folder.glob("queries*.jsonl*"))), None)
        qrels_path = options.qrels or next(iter(sorted(folder.glob("qrels*.txt"))), None)
        if queries_path is None:
            parser.error(f"no queries*.jsonl in {folder}")
        queries = {str(query.get("id", query.get("_id"))): str(query.get("text", query.get("query", ""))) for query in lines(queries_path)}
        started = time.process_time()
        run = searched(index, queries, names)
        seconds = time.process_time() - started
    if options.run:
        with options.run.open("w") as file:
            for query, found_list in run.items():
                file.writelines(f"{query} Q0 {name} {rank} {score:.6f} reviewhub\n" for rank, (name, score) in enumerate(found_list, 1))
    print(f"{folder.name}: {len(records)} records, {len(queries)} queries, {1000 * seconds / max(len(queries), 1):.2f} ms of processor time each")
    if qrels_path is None:
        return
    judged: Judgements = defaultdict(dict)
    for line in qrels_path.read_text().splitlines():
        parts = line.split()
        if len(parts) > 2 and parts[-1].lstrip("-").isdecimal():  # without the iteration, and with a line of headings, they come too
            judged[parts[0]][parts[-2]] = int(parts[-1])
    judged = {query: grades for query, grades in judged.items() if query in queries}
    ours, plain = measured(run, judged), measured(PlainBm25(records).searched(queries, names), judged)
    for name, value in ours.items():
        print(f"  {name:<12} {value:.4f}   plain BM25 {plain[name]:.4f}   = {value / max(plain[name], 1e-9):.3f}")
    print(json.dumps({"collection": folder.name, **ours, "plain": plain, "ratio": ours["ndcg@10"] / max(plain["ndcg@10"], 1e-9)}))


if __name__ == "__main__":
    main()
