"""Claims follow the name they were made of: when the author list of a record changes, and when two records become one."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..core import clock
from ..core.actor import WORKER
from ..core.db import in_batches
from ..papers.models import Authorship
from . import queries
from .ladder import PENDING
from .models import AuthorWord, Claim, ClosedAuthorship, NotMine
from .settling import settle, write_step

# When one person claimed the same name on two records that became one, the claim that got furthest stays.
_ORDER = ("approved", "disputed", "pending", "revoked", "refused", "withdrawn")


def follow(session: Session, paper_ids: Collection[int]) -> None:
    """Puts the claims of these papers on the place where their name is printed now. Two people who end at one place dispute it. Runs twice without harm."""
    for some in in_batches(sorted(paper_ids)):
        by_paper: dict[int, list[Claim]] = {}
        for claim in session.scalars(sa.select(Claim).where(Claim.paper_id.in_(some)).order_by(Claim.paper_id, Claim.id)):
            by_paper.setdefault(claim.paper_id, []).append(claim)
        names = sa.select(Authorship.paper_id, Authorship.position, Authorship.name_key).where(Authorship.paper_id.in_(by_paper), Authorship.role == "author")
        printed: dict[int, dict[str, list[int]]] = {}
        for paper_id, position, key in session.execute(names.order_by(Authorship.position)):
            printed.setdefault(paper_id, {}).setdefault(key, []).append(position)
        for paper_id, claims in by_paper.items():
            _follow_on(session, paper_id, claims, printed.get(paper_id, {}))


def _follow_on(session: Session, paper_id: int, claims: list[Claim], printed: dict[str, list[int]]) -> None:
    staying = [claim for claim in claims if claim.position in printed.get(claim.name_key, ())]
    taken = {claim.position: claim.person_id for claim in staying if claim.is_live}
    moving = [(claim, claim.position) for claim in claims if claim not in staying and (claim.position or claim.name_key in printed)]
    for claim, _ in moving:  # all of them off first: two approved ones may change places
        claim.position = 0
    session.flush()
    for claim, before in moving:
        places = sorted(printed.get(claim.name_key, ()), key=lambda n: abs(n - before))
        # Two authors of one name on one paper: the place that nobody else has, if there is one.
        place = next((n for n in places if taken.get(n, claim.person_id) == claim.person_id), places[0] if places else 0)
        is_met = claim.is_live and taken.get(place, claim.person_id) != claim.person_id
        if is_met:
            claim.state = PENDING
        claim.position, claim.changed_at, claim.version = place, clock.now(), claim.version + 1
        session.flush()
        write_step(session, claim, "moved with the record", by="site", actor=WORKER)
        if claim.is_live and place:
            taken.setdefault(place, claim.person_id)
        if is_met and (found := queries.printed(session, paper_id, place)) is not None:
            settle(session, claim, found, by="site", actor=WORKER, action="met another claim")


def move_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Two papers became one: claims, what is not mine and closed authorships move. Places are put right once the kept record is written (`follow`)."""
    there = {(c.account_id, c.name_key): c for c in session.scalars(sa.select(Claim).where(Claim.paper_id == kept_id)) if c.account_id is not None}
    for claim in session.scalars(sa.select(Claim).where(Claim.paper_id == gone_id).order_by(Claim.id)).all():
        twin = there.get((claim.account_id, claim.name_key)) if claim.account_id is not None else None
        if twin is not None:
            worse = max(twin, claim, key=lambda c: (_ORDER.index(c.state), -c.changed_at.timestamp()))
            session.delete(worse)
            session.flush()
            if worse is claim:
                continue
        claim.paper_id, claim.position = kept_id, 0
        session.flush()
        write_step(session, claim, "moved with the record", by="site", actor=WORKER)
    for model, columns in ((NotMine, ("person_id", "name_key")), (ClosedAuthorship, ("name_key",)), (AuthorWord, ("kind", "language"))):
        keys = [getattr(model, column) for column in columns]
        known = set(session.execute(sa.select(*keys).where(model.paper_id == kept_id)))
        for key in session.execute(sa.select(*keys).where(model.paper_id == gone_id)).all():
            here = sa.and_(model.paper_id == gone_id, *(column == value for column, value in zip(keys, key, strict=True)))
            session.execute(sa.delete(model).where(here) if key in known else sa.update(model).where(here).values(paper_id=kept_id))
    session.expire_all()
