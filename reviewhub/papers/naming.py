"""Finds or makes the things that many papers share: publishers, journals, keywords, funders. A batch at a time, so that no paper costs a statement."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core.db import in_batches, insert_rows, reserve_ids
from ..core.text import folded, slug
from .identifiers import normalised_issn
from .models import Funder, Journal, JournalIssn, Keyword, Publisher
from .record import PaperRecord

# A journal has a printed and an electronic ISSN, now and then a third for a disc: a name that comes with more is another journal.
MAX_ISSNS_BY_NAME = 3
# "PLOS" and "JAMA" are printed so; longer names in capitals are a database's habit.
LONGEST_ACRONYM = 8
# Databases cannot index keys without end; a name longer than this is told apart by its beginning.
KEY_CHARS = 300


class Names:
    """Ids of what papers share, remembered over the batches of one transaction's session. Call `learn` before asking."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.publishers: dict[str, int] = {}
        self.keywords: dict[str, int] = {}
        self.issns: dict[str, int] = {}
        self.journals: dict[str, list[int]] = {}  # name key -> ids
        self.n_issns: dict[int, int] = {}
        self.journal_names: dict[int, str] = {}
        self.funders: dict[str, int] = {}  # "doi:…" or name key -> id

    def learn(self, records: list[PaperRecord]) -> None:
        """Loads what these records name, and makes what is missing."""
        self._learn_publishers(records)
        self._learn_journals(records)
        self._learn_keywords(records)
        self._learn_funders(records)

    def publisher_id(self, record: PaperRecord) -> int | None:
        return self.publishers.get(name_key(record.publisher)) if record.publisher else None

    def journal_id(self, record: PaperRecord) -> int | None:
        for issn in record.journal.issns:
            if issn in self.issns:
                return self.issns[issn]
        found = self.journals.get(name_key(record.journal.name)) if record.journal.name else None
        return found[0] if found else None

    def keyword_id(self, term: str) -> int | None:
        return self.keywords.get(keyword_slug(term))

    def funder_id(self, name: str, doi: str) -> int | None:
        return self.funders.get(f"doi:{doi}") if doi else self.funders.get(name_key(name))

    def _learn_publishers(self, records: list[PaperRecord]) -> None:
        wanted = {name_key(r.publisher): r.publisher for r in records if r.publisher and name_key(r.publisher) not in self.publishers}
        wanted.pop("", None)
        for keys in in_batches(list(wanted)):
            self.publishers.update(self.session.execute(sa.select(Publisher.name_key, Publisher.id).where(Publisher.name_key.in_(keys))).all())
        missing = [key for key in wanted if key not in self.publishers]
        ids = reserve_ids(self.session, Publisher, len(missing))
        insert_rows(self.session, Publisher, ("id", "name", "name_key"), [(i, wanted[key], key) for i, key in zip(ids, missing, strict=True)])
        self.publishers.update(zip(missing, ids, strict=True))

    def _learn_keywords(self, records: list[PaperRecord]) -> None:
        wanted: dict[str, str] = {}
        for record in records:
            for keyword in record.keywords:
                key = keyword_slug(keyword.term)
                if key and key not in self.keywords:
                    wanted.setdefault(key, keyword.term)
        for keys in in_batches(list(wanted)):
            self.keywords.update(self.session.execute(sa.select(Keyword.slug, Keyword.id).where(Keyword.slug.in_(keys))).all())
        missing = [key for key in wanted if key not in self.keywords]
        ids = reserve_ids(self.session, Keyword, len(missing))
        insert_rows(self.session, Keyword, ("id", "slug", "term"), [(i, key, wanted[key]) for i, key in zip(ids, missing, strict=True)])
        self.keywords.update(zip(missing, ids, strict=True))

    def _learn_journals(self, records: list[PaperRecord]) -> None:
        journals = [r.journal for r in records if r.journal.name or r.journal.issns]
        issns = {issn for j in journals for issn in j.issns if issn not in self.issns}
        keys = {name_key(j.name) for j in journals if j.name} - self.journals.keys() - {""}
        for some in in_batches(sorted(issns)):
            known_issns = sa.select(JournalIssn.issn, JournalIssn.journal_id, Journal.name).join(Journal, Journal.id == JournalIssn.journal_id)
            for issn, journal_id, name in self.session.execute(known_issns.where(JournalIssn.issn.in_(some))):
                self.issns[issn] = journal_id
                self.journal_names[journal_id] = name
        for some in in_batches(sorted(keys)):
            n_issns = sa.select(sa.func.count()).where(JournalIssn.journal_id == Journal.id).scalar_subquery()
            named = sa.select(Journal.id, Journal.name_key, Journal.name, n_issns).where(Journal.name_key.in_(some)).order_by(Journal.id)
            for journal_id, key, name, n in self.session.execute(named):
                self.journals.setdefault(key, []).append(journal_id)
                self.journal_names[journal_id] = name
                self.n_issns[journal_id] = n
        new_journals: list[tuple[str, str, str, int | None]] = []
        new_issns: list[tuple[str, int]] = []
        pending: list[tuple[str, list[str]]] = []
        renamed: dict[int, tuple[str, str, str]] = {}
        for record in records:
            journal, key = record.journal, name_key(record.journal.name)
            known = next((self.issns[i] for i in journal.issns if i in self.issns), None)
            if known is None and key:
                known = next(
                    (i for i in self.journals.get(key, ()) if not journal.issns or self.n_issns.get(i, 0) + len(journal.issns) <= MAX_ISSNS_BY_NAME), None
                )
            if known is None and (key or journal.issns):
                made = -len(new_journals) - 1  # a placeholder until ids are reserved
                new_journals.append((journal.name or journal.issns[0], key or journal.issns[0], journal.abbreviation, self.publisher_id(record)))
                pending.append((key, list(journal.issns)))
                known = made
                if key:
                    self.journals.setdefault(key, []).append(made)
                self.n_issns[made] = 0
            if known is None:
                continue
            for issn in journal.issns:
                if issn not in self.issns:
                    self.issns[issn] = known
                    self.n_issns[known] = self.n_issns.get(known, 0) + 1
                    new_issns.append((issn, known))
            if known < 0 and journal.name and new_journals[-known - 1][0] in journal.issns:
                new_journals[-known - 1] = (journal.name, key, journal.abbreviation, new_journals[-known - 1][3])
            elif known > 0 and key:
                self.journals.setdefault(key, [known])  # an ISSN we know under another spelling of the name: the first spelling stays
                if _is_makeshift(self.journal_names.get(known, "")) and not _is_makeshift(journal.name):
                    self.journal_names[known] = journal.name
                    renamed[known] = (journal.name, key, journal.abbreviation)
        ids = list(reserve_ids(self.session, Journal, len(new_journals)))
        insert_rows(
            self.session, Journal, ("id", "name", "name_key", "abbreviation", "publisher_id"),
            [(i, *row) for i, row in zip(ids, new_journals, strict=True)],
        )  # fmt: skip
        real = {-n - 1: i for n, i in enumerate(ids)}
        insert_rows(self.session, JournalIssn, ("issn", "journal_id"), [(issn, real.get(j, j)) for issn, j in new_issns])
        self.issns = {issn: real.get(j, j) for issn, j in self.issns.items()} if ids else self.issns
        self.n_issns = {real.get(j, j): n for j, n in self.n_issns.items()} if ids else self.n_issns
        self.journals = {key: [real.get(j, j) for j in js] for key, js in self.journals.items()} if ids else self.journals
        self.journal_names |= {real[-n - 1]: row[0] for n, row in enumerate(new_journals)}
        for journal_id, (name, key, abbreviation) in renamed.items():
            self.session.execute(sa.update(Journal).where(Journal.id == journal_id).values(name=name, name_key=key, abbreviation=abbreviation))

    def _learn_funders(self, records: list[PaperRecord]) -> None:
        dois: dict[str, str] = {}
        keys: dict[str, str] = {}
        for record in records:
            for one in record.funding:
                if one.doi and f"doi:{one.doi}" not in self.funders:
                    dois.setdefault(one.doi, one.name)
                elif not one.doi and name_key(one.name) not in self.funders:
                    keys.setdefault(name_key(one.name), one.name)
        keys.pop("", None)
        for some in in_batches(list(dois)):
            self.funders.update((f"doi:{doi}", i) for doi, i in self.session.execute(sa.select(Funder.doi, Funder.id).where(Funder.doi.in_(some))))
        wanted = [*keys, *(name_key(name) for name in dois.values())]
        by_name: dict[str, tuple[int, str | None]] = {}
        for some in in_batches(wanted):
            for key, i, doi in self.session.execute(sa.select(Funder.name_key, Funder.id, Funder.doi).where(Funder.name_key.in_(some)).order_by(Funder.id)):
                if key not in by_name or (by_name[key][1] is None and doi):
                    by_name[key] = (i, doi)
        rows: list[tuple[str, str, str | None]] = []
        for doi, name in dois.items():
            if f"doi:{doi}" in self.funders:
                continue
            known = by_name.get(name_key(name))
            if known and known[1] is None:  # known by name only so far: the same funder now has its number
                self.session.execute(sa.update(Funder).where(Funder.id == known[0]).values(doi=doi))
                self.funders[f"doi:{doi}"] = known[0]
                by_name[name_key(name)] = (known[0], doi)
            else:
                rows.append((name, name_key(name), doi))
        with_doi = {key for _, key, _ in rows}
        for key, name in keys.items():
            if key in by_name:
                self.funders[key] = by_name[key][0]
            elif key not in with_doi:
                rows.append((name, key, None))
        ids = reserve_ids(self.session, Funder, len(rows))
        insert_rows(self.session, Funder, ("id", "name", "name_key", "doi", "ror"), [(i, *row, "") for i, row in zip(ids, rows, strict=True)])
        for i, (_, key, new_doi) in zip(ids, rows, strict=True):
            if new_doi:
                self.funders[f"doi:{new_doi}"] = i
            if key in keys or not new_doi:
                self.funders.setdefault(key, i)


def _is_makeshift(name: str) -> bool:
    """Whether a journal's name waits for a better one: an ISSN alone, or capitals only, as some databases print every journal."""
    return normalised_issn(name) is not None or (len(name) > LONGEST_ACRONYM and name.isupper())


@lru_cache(maxsize=20_000)
def name_key(name: str) -> str:
    """The folded name of a publisher, journal or funder. A name without any letter or digit is its own key."""
    return (folded(name) or name.strip())[:KEY_CHARS]


@lru_cache(maxsize=50_000)
def keyword_slug(term: str) -> str:
    """The address of a keyword: "c-plus-plus" for "C++", so that it is not the same as "c"."""
    return slug(term.replace("+", " plus ").replace("#", " sharp "))
