"""What the site knows, as the arrays a model is made from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.models import Account
from ..core.db import in_batches
from ..core.text import plain, slug
from ..library.models import LibraryItem
from ..papers.models import Paper, PaperIdentifier, PaperKeyword, PaperReference
from ..ratings.models import Rating
from .model import Corpus
from .models import ReaderTaste
from .rules import CHECK_TAGS, SAVED, interest_of, ring_weight
from .sparse import Floats, Ints, Matrix, compressed, csr
from .storing import Stored
from .terms import MAX_CHARS, counts, matrix_of

# Words of a title and of keywords say more of a paper than those of its abstract. A journal's categories ("General Medicine") tie nothing together.
TITLE_COUNTS, KEYWORD_COUNTS = 2, 2
# Rows of the database fetched at one time.
_CHUNK = 20_000


def gather(session: Session, before: Stored | None) -> tuple[Corpus, Matrix, Ints, Ints, Ints]:
    """(corpus, counts of terms, ids of papers, their versions, ids of readers). Texts that have not changed since `before` are not read again."""
    rows = session.execute(sa.select(Paper.id, Paper.version).order_by(Paper.id)).all()
    paper_ids = np.array([row.id for row in rows], np.int64)
    versions = np.array([row.version for row in rows], np.int64)
    terms = _terms(session, paper_ids, versions, before)
    libraries, reader_ids = _libraries(session, paper_ids)
    return Corpus(terms, _references(session, paper_ids), libraries), terms, paper_ids, versions, reader_ids


def counts_of(session: Session, paper_ids: Sequence[int]) -> dict[int, Counter[int]]:
    """The counted terms of these papers: titles, keywords, abstracts and summaries in all languages. Two statements for 900 papers."""
    found: dict[int, Counter[int]] = {}
    for some in in_batches(list(paper_ids)):
        query = sa.select(Paper.id, Paper.title, Paper.titles, Paper.abstracts, Paper.summaries).where(Paper.id.in_(some))
        for row in session.execute(query):
            titles = " ; ".join(dict.fromkeys(plain(title) for title in (row.title, *row.titles.values())))
            found[row.id] = counts(_text(row.abstracts, row.summaries))
            found[row.id].update({term: n * TITLE_COUNTS for term, n in counts(titles).items()})
        keywords: dict[int, set[str]] = {}
        printed = sa.select(PaperKeyword.paper_id, PaperKeyword.term, PaperKeyword.kind).where(PaperKeyword.paper_id.in_(some), PaperKeyword.kind != "subject")
        for paper_id, term, kind in session.execute(printed):
            if kind != "mesh" or slug(term) not in CHECK_TAGS:
                keywords.setdefault(paper_id, set()).add(term)
        for paper_id, words in keywords.items():
            found[paper_id].update({term: n * KEYWORD_COUNTS for term, n in counts(" ; ".join(sorted(words))).items()})
    return found


def _text(abstracts: dict[str, list[dict[str, Any]]], summaries: dict[str, dict[str, Any]]) -> str:
    pieces = [summary.get("text", "") for summary in summaries.values()]
    pieces += [plain(section.get("html", "")) for sections in abstracts.values() for section in sections]
    return " ; ".join(pieces)[:MAX_CHARS]


def _terms(session: Session, paper_ids: Ints, versions: Ints, before: Stored | None) -> Matrix:
    """Counts of terms, a row a paper; rows of unchanged papers are taken from the model before."""
    if before is None or not len(before.paper_ids):
        return matrix_of(_counted(session, paper_ids))
    places = np.minimum(np.searchsorted(before.paper_ids, paper_ids), len(before.paper_ids) - 1)
    is_known = (before.paper_ids[places] == paper_ids) & (before.versions[places] == versions)
    fresh = matrix_of(_counted(session, paper_ids[~is_known]))
    both = _below(before.terms, fresh)
    order = np.where(is_known, places, before.terms.shape[0] + np.cumsum(~is_known) - 1)
    return both[order]


def _below(upper: Matrix, lower: Matrix) -> Matrix:
    ends = np.concatenate([upper.indptr, lower.indptr[1:].astype(np.int64) + upper.indptr[-1]])
    parts = np.concatenate([upper.data, lower.data]), np.concatenate([upper.indices, lower.indices]), ends
    return compressed(parts, shape=(upper.shape[0] + lower.shape[0], upper.shape[1]))


def _counted(session: Session, paper_ids: Ints) -> Iterator[Counter[int]]:
    for some in in_batches([int(i) for i in paper_ids]):
        found = counts_of(session, some)
        yield from (found.get(i, Counter()) for i in some)


def _key(kind: str, value: str) -> int:
    """A number for an identifier that is the same in every run; 63 bits, so that two of forty million share one once in a thousand sites."""
    return int.from_bytes(hashlib.blake2b(f"{kind}:{value}".encode(), digest_size=8).digest()) >> 1


def _references(session: Session, paper_ids: Ints) -> Matrix:
    """Papers × cited works: a column for every paper here, then one for every work that is not here and is cited at least twice."""
    n = len(paper_ids)
    own = sa.select(PaperIdentifier.paper_id, PaperIdentifier.kind, PaperIdentifier.value).where(PaperIdentifier.kind.in_(("doi", "pmid")))
    owners, own_keys = _pairs(session, own)
    citing, keys = _pairs(
        session, sa.select(PaperReference.paper_id, sa.literal("doi").label("kind"), PaperReference.doi.label("value")).where(PaperReference.doi.is_not(None))
    )
    by_pmid = sa.select(PaperReference.paper_id, sa.literal("pmid").label("kind"), PaperReference.pmid.label("value"))
    others, other_keys = _pairs(session, by_pmid.where(PaperReference.doi.is_(None), PaperReference.pmid.is_not(None)))
    citing, keys = np.concatenate([citing, others]), np.concatenate([keys, other_keys])
    if not len(keys):
        return csr(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), (n, n))
    order = np.argsort(own_keys, kind="stable")
    sorted_keys = own_keys[order]
    found = np.minimum(np.searchsorted(sorted_keys, keys), max(0, len(sorted_keys) - 1))
    is_here = sorted_keys[found] == keys if len(sorted_keys) else np.zeros(len(keys), bool)
    columns = np.full(len(keys), -1, np.int64)
    columns[is_here] = np.searchsorted(paper_ids, owners[order][found[is_here]])
    away, inverse, counted = np.unique(keys[~is_here], return_inverse=True, return_counts=True)
    numbers = np.where(counted >= 2, n + np.cumsum(counted >= 2) - 1, -1)
    columns[~is_here] = numbers[inverse]
    rows = np.searchsorted(paper_ids, citing)
    kept = (columns >= 0) & (columns != rows)
    made = csr(rows[kept], columns[kept], np.ones(int(kept.sum()), np.float32), (n, n + int((counted >= 2).sum()) if len(away) else n))
    made.data[:] = 1  # a work cited twice by one paper is cited
    return made


def _pairs(session: Session, query: Any) -> tuple[Ints, Ints]:
    """(papers, keys of identifiers) of a SELECT of (paper, kind, value)."""
    papers, keys = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for rows in session.execute(query.execution_options(yield_per=_CHUNK)).partitions():
        papers.append(np.fromiter((row[0] for row in rows), np.int64, len(rows)))
        keys.append(np.fromiter((_key(row[1], row[2]) for row in rows), np.int64, len(rows)))
    return np.concatenate(papers), np.concatenate(keys)


def _libraries(session: Session, paper_ids: Ints) -> tuple[Matrix, Ints]:
    """(readers × papers, ids of the readers): what counted ratings and libraries say, of readers who are not left out of training."""
    out = sa.select(ReaderTaste.account_id).where(ReaderTaste.is_left_out.is_(True))
    standing = sa.select(Account.id).where(Account.is_suspended.is_(False), Account.id.not_in(out))
    rated = sa.select(Rating.account_id, Rating.paper_id, Rating.overall).where(Rating.account_id.in_(standing), Rating.exclusion == "")
    saved = sa.select(LibraryItem.account_id, LibraryItem.paper_id).where(LibraryItem.account_id.in_(standing))
    found: dict[tuple[int, int], float] = {}
    for account, paper in session.execute(saved.execution_options(yield_per=_CHUNK)):
        found[account, paper] = SAVED
    for rater, paper, overall in session.execute(rated.execution_options(yield_per=_CHUNK)):
        assert rater is not None  # the query asks for accounts
        weight = interest_of(overall)
        if weight > 0:
            found[rater, paper] = max(weight, found.get((rater, paper), 0.0))
        else:  # saved to be read, and then disliked
            found.pop((rater, paper), None)
    accounts = np.fromiter((account for account, _ in found), np.int64, len(found))
    papers = np.fromiter((paper for _, paper in found), np.int64, len(found))
    weights = np.fromiter(found.values(), np.float32, len(found))
    reader_ids, rows = np.unique(accounts, return_inverse=True)
    libraries = csr(rows, np.searchsorted(paper_ids, papers), weights, (len(reader_ids), len(paper_ids)))
    return _without_weight_of_rings(libraries), reader_ids


def _without_weight_of_rings(libraries: Matrix) -> Matrix:
    """Readers whose libraries hold exactly the same papers count together as the root of their number."""
    ends = libraries.indptr
    shapes = [libraries.indices[ends[row] : ends[row + 1]].tobytes() for row in range(libraries.shape[0])]
    alike = Counter(shapes)
    weights: Floats = np.array([ring_weight(alike[shape]) for shape in shapes], np.float32)
    libraries.data *= np.repeat(weights, np.diff(ends))
    return libraries
