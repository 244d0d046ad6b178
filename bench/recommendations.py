"""What training costs and how fast readers are answered at any size, on made-up papers and readers of realistic popularity.

`./run bench recommendations`, or `python bench/recommendations.py [--papers 1000000 --readers 100000]`. Papers belong to fields with words of their own, cite
within them, and are kept by readers of one to three fields; how often a word is used, a paper cited or kept follows a power law. The last line is one JSON
object. Quality is measured on real libraries by `flask recommendations evaluate`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # called by its path as well as by its name

from reviewhub.recommendations import model as modelling
from reviewhub.recommendations import storing
from reviewhub.recommendations.judging import best
from reviewhub.recommendations.model import Corpus
from reviewhub.recommendations.sparse import Ints, Matrix, csr
from reviewhub.recommendations.storing import Stored
from reviewhub.recommendations.terms import N_TERMS

# Like the records of a large site: words of title, keywords and abstract that count; cited works; papers that a reader keeps.
WORDS_OF_A_PAPER, REFERENCES_OF_A_PAPER, MEDIAN_LIBRARY = 60, 15, 12
PAPERS_OF_A_FIELD = 500
WORDS_OF_A_FIELD = 400
ALL_WORDS = 300_000
ASKED = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)  # a process of its own, so that memory and opening are those of a web process
    args = parser.parse_args()
    if args.answer:
        print(json.dumps(answer(args.answer, args.seed)))
        return
    corpus = made_up(args.papers, args.readers, np.random.default_rng(args.seed))
    print(f"{args.papers:,} papers with {corpus.terms.nnz:,} words and {corpus.references.nnz:,} references")
    print(f"{args.readers:,} readers keep {corpus.libraries.nnz:,}; made up in {peak_mb():.0f} MB")
    started, worked = perf_counter(), process_time()

    def tell(step: str) -> None:
        print(f"  {step:12}{process_time() - worked:8.0f} s   {peak_mb():6.0f} MB", flush=True)

    model = modelling.train(corpus, on_step=tell)
    told = {
        "papers": args.papers, "readers": args.readers, "entries": int(corpus.libraries.nnz), "training_s": process_time() - worked,
        "training_wall_s": perf_counter() - started, "training_mb": peak_mb(),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as home:
        ids = np.arange(args.papers)
        folder, size = storing.save(Path(home), Stored(model, corpus.terms, ids, ids, np.arange(args.readers)))
        told["size_mb"] = size / 1e6
        del model, corpus
        command = [sys.executable, __file__, "--answer", str(storing.folder_of(Path(home)) / folder), "--seed", str(args.seed)]
        told |= json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    print(f"trained in {told['training_s']:.0f} s of processor time, {told['training_mb']:.0f} MB at most; the model takes {told['size_mb']:.0f} MB on disk")
    print(f"a process opens it in {told['open_ms']:.0f} ms and answers its first reader in {told['first_reader_ms']:.0f} ms,")
    print(f"then a reader in {told['reader_ms']:.1f} ms (95 %: {told['reader_p95_ms']:.1f}) and a record in {told['record_ms']:.1f} ms")
    print(f"memory of that process: {told['answering_mb']:.0f} MB, mapped pages included")
    print(json.dumps({name: round(value, 2) for name, value in told.items()}))


def made_up(n_papers: int, n_readers: int, random: np.random.Generator) -> Corpus:
    """Papers in fields, with words, references and readers."""
    n_fields = max(2, n_papers // PAPERS_OF_A_FIELD)
    field_of = np.sort(random.integers(0, n_fields, n_papers))
    starts = np.searchsorted(field_of, np.arange(n_fields + 1))
    return Corpus(_words(field_of, random), _references(field_of, starts, random), _libraries(n_readers, starts, random))


def _power(n: int, size: int, exponent: float, random: np.random.Generator) -> Ints:
    """Numbers below `n`, small ones more often: rank r with a probability of about r^-exponent."""
    return np.minimum((n + 1) ** (random.random(size) ** exponent) - 1, n - 1).astype(np.int64)


def _words(field_of: Ints, random: np.random.Generator) -> Matrix:
    n, n_own = len(field_of), WORDS_OF_A_PAPER * 2 // 3
    own = (field_of[:, None] * 7_919 + _power(WORDS_OF_A_FIELD, n * n_own, 1.0, random).reshape(n, n_own) * 131) % ALL_WORDS
    common = _power(ALL_WORDS, n * (WORDS_OF_A_PAPER - n_own), 1.0, random).reshape(n, -1)
    columns = np.concatenate([own, common], axis=1).astype(np.int32)
    del own, common
    rows = np.repeat(np.arange(n, dtype=np.int32), WORDS_OF_A_PAPER)
    return csr(rows, columns.ravel(), np.ones(columns.size, np.float32), (n, N_TERMS))


def _references(field_of: Ints, starts: Ints, random: np.random.Generator) -> Matrix:
    n = len(field_of)
    rows = np.repeat(np.arange(n), REFERENCES_OF_A_PAPER)
    sizes = np.maximum(1, starts[field_of + 1] - starts[field_of])
    picked = (random.random(len(rows)) ** 2 * np.repeat(sizes, REFERENCES_OF_A_PAPER)).astype(np.int64)
    made = csr(rows, np.repeat(starts[field_of], REFERENCES_OF_A_PAPER) + picked, np.ones(len(rows), np.float32), (n, n))
    made.data[:] = 1
    return made


def _libraries(n_readers: int, starts: Ints, random: np.random.Generator) -> Matrix:
    n_fields = len(starts) - 1
    lengths = np.clip(random.lognormal(np.log(MEDIAN_LIBRARY), 1.0, n_readers), 1, 2_000).astype(np.int64)
    rows = np.repeat(np.arange(n_readers), lengths)
    fields = _power(n_fields, n_readers * 3, 0.7, random).reshape(n_readers, 3)
    chosen = fields[rows, _power(3, len(rows), 1.0, random)]
    sizes = np.maximum(1, starts[chosen + 1] - starts[chosen])
    columns = np.minimum(starts[chosen] + (random.random(len(rows)) ** 3 * sizes).astype(np.int64), starts[-1] - 1)
    made = csr(rows, columns, np.ones(len(rows), np.float32), (n_readers, int(starts[-1])))
    made.data[:] = 1
    return made


def answer(folder: Path, seed: int) -> dict[str, float]:
    """What readers and records wait for, in a process that has just come up."""
    started = perf_counter()
    stored = storing.opened(folder.parents[1], folder.name)
    assert stored is not None
    told = {"open_ms": (perf_counter() - started) * 1000}
    model, libraries = stored.model, stored.model.libraries
    readers, records = [], []
    for reader in np.random.default_rng(seed).integers(0, libraries.shape[0], ASKED):
        kept = np.asarray(libraries.indices[libraries.indptr[reader] : libraries.indptr[reader + 1]])
        if not len(kept):
            continue
        started = perf_counter()
        best(modelling.scores(model, kept, np.ones(len(kept), np.float32), reader=int(reader)), kept)
        asked = perf_counter()
        best(modelling.related_scores(model, int(kept[0])), kept[:1])
        readers.append((asked - started) * 1000)
        records.append((perf_counter() - asked) * 1000)
    told |= {"first_reader_ms": readers[0], "reader_ms": float(np.median(readers)), "reader_p95_ms": float(np.percentile(readers, 95))}
    return told | {"record_ms": float(np.median(records)), "answering_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory this process had at one time; what rusage tells of a child is its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
