"""When an account goes, nothing names it any more: what was to be erased is gone, what was to be kept stays as of a former reader."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewhub import schema
from reviewhub.accounts.erasing import delete_account, items_of
from reviewhub.accounts.models import Account, AccountToken, Registration
from reviewhub.accounts.services import begin_session
from reviewhub.app import BELONGINGS
from reviewhub.core import clock
from reviewhub.core.actor import KEEPER, Actor
from reviewhub.core.db import Database
from reviewhub.core.errors import NotFound, RuleBroken
from reviewhub.library import lists
from reviewhub.library import services as library
from reviewhub.papers.record import PaperRecord
from reviewhub.papers.services import add_or_update
from reviewhub.people.models import Claim, ClaimStep, ClosedAuthorship, HiddenName, Person, PersonAccount, PersonChange
from reviewhub.ratings.models import HeldBurst, PaperScore, RaterLeniency, RaterLink, Rating, RatingDraft, RatingVersion, Reveal
from reviewhub.ratings.queries import score_of
from reviewhub.ratings.services import Given, rate, recompute, withdraw
from reviewhub.recommendations import services as recommendations
from reviewhub.recommendations.models import MailedPaper
from reviewhub.search import saved
from reviewhub.search.saved import Search
from tests.discussion.talk import talkative
from tests.people import person, rated
from tests.resources.asking import helpful


def papers(session: Session, n: int) -> list[int]:
    records = [PaperRecord("hand", title=f"A long enough title about subject {i}", identifiers={"doi": [f"10.1000/{i}"]}) for i in range(n)]
    return [outcome.paper_id or 0 for outcome in add_or_update(session, KEEPER, records)]


def busy(session: Session, **facts: Any) -> tuple[Actor, list[int]]:
    """Somebody with a row in every table that can name an account, and the papers they rated."""
    person(session)
    who = person(session, "Wang Xiaoming", **facts)
    assert who.account_id
    account, now, found = session.get_one(Account, who.account_id), clock.now(), papers(session, 4)
    for n, paper_id in enumerate(found[:3], 4):
        rate(session, who, paper_id, Given(n, text=f"Words on paper {n}."))
        rate(session, who, paper_id, Given(n + 1, text=f"Better words on paper {n}."))
    withdraw(session, who, found[2])
    begin_session(session, account.id)
    burst = HeldBurst(paper_id=found[0], noticed_at=now, why={}, decision="released", reason="Fine.", decided_at=now, decided_by=account.id)
    session.add_all(
        [
            burst,
            AccountToken(account_id=account.id, purpose="address", email="new@university.example", made_at=now, expires_at=now),
            Registration(name="W", email=account.email, email_key=account.email_key, password_hash="x", language="zh", made_at=now, expires_at=now),
            RatingDraft(paper_id=found[3], account_id=account.id, fields={"text": "half a thought"}, saved_at=now),
            Reveal(account_id=account.id, paper_id=found[3], at=now),
            RaterLeniency(account_id=account.id, effect=30, n_ratings=9, computed_at=now),
            *_linked(session, account.id),
        ]
    )
    library.save(session, who, found[0])
    library.set_tags(session, who, found[0], "pain")
    lists.make_list(session, who, title="For all to see", is_public=True)
    library.hand_in(session, who, b"@article{a, title={A}}", "mine.bib")
    recommendations.choose(session, who, found[3], "not-interested")
    recommendations.leave_out(session, who, is_left_out=True)
    session.add(MailedPaper(account_id=account.id, paper_id=found[3], due_at=now, position=1))
    session.flush()
    _claiming(session, account.id, found[3])
    saved.save(session, who, "Bees", Search("bees"))
    talkative(session, who)
    helpful(session, who)
    return who, found


def _claiming(session: Session, account_id: int, paper_id: int) -> None:
    """A profile with a claim that waits, and the word of a moderator on this and that."""
    now = clock.now()
    owner = Person(name="Wang Xiaoming", made_at=now, changed_at=now)
    session.add(owner)
    session.flush()
    claim = Claim(
        paper_id=paper_id, position=1, name="X. Wang", name_key="x-wang", account_id=account_id, person_id=owner.id, state="pending", decided_by=account_id,
        made_at=now, changed_at=now,
    )  # fmt: skip
    session.add(claim)
    session.flush()
    session.add_all(
        [
            PersonAccount(account_id=account_id, person_id=owner.id),
            ClaimStep(claim_id=claim.id, at=now, by_account_id=account_id, by="claimant", action="claimed", state="pending"),
            PersonChange(kind="split", state="asked", kept_id=owner.id, asked_by=account_id, made_at=now, changed_at=now),
            HiddenName(name_key="x-wang", hidden_by=account_id, at=now),
            ClosedAuthorship(paper_id=paper_id, name_key="jane-roe", closed_by=account_id, at=now),
        ]
    )
    session.flush()


def _linked(session: Session, account_id: int) -> list[RaterLink]:
    """Somebody who came before and somebody who came after, each found to rate together with this account."""
    before = session.scalar(sa.select(sa.func.min(Account.id)).where(Account.id < account_id)) or 0
    after = person(session).account_id or 0
    return [RaterLink(account_id=before, other_id=account_id), RaterLink(account_id=account_id, other_id=after)]


def namings(session: Session, account_id: int) -> dict[str, int]:
    """How many rows of each table name an account, by every column that refers to one."""
    found = {}
    for table in schema.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == "accounts" for key in column.foreign_keys) or column is Account.__table__.c.id:
                n = session.scalar(sa.select(sa.func.count()).select_from(table).where(column == account_id))
                found[f"{table.name}.{column.name}"] = n or 0
    return found


@pytest.mark.parametrize("kept", [0, 1, 2, 3, 5])
def test_no_row_anywhere_names_an_account_that_is_gone(database: Database, kept: int) -> None:
    with database.write() as session, session.begin():
        who, _ = busy(session)
        assert who.account_id
        before = namings(session, who.account_id)
        assert min(before.values()) >= 1, f"the test leaves out a table: {before}"
        items = items_of(session, who.account_id, BELONGINGS)
        assert len(items) == 5, "two ratings, a comment, a request and an answer"
        delete_account(session, who.account_id, keep=[item.key for item in items[:kept]], belongings=BELONGINGS)
    with database.read() as session:
        assert set(namings(session, who.account_id).values()) == {0}
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Rating)) == min(kept, 2)
        assert session.scalar(sa.select(sa.func.count()).select_from(RatingVersion)) == 2 * min(kept, 2)


def test_a_kept_rating_keeps_its_text_and_history_and_counts_no_longer(database: Database) -> None:
    with database.write() as session, session.begin():
        who, found = busy(session)
        assert who.account_id
        (kept, erased) = found[:2]
        others = {paper_id: rated(session, paper_id, [2, 4]) for paper_id in (kept, erased)}
        key = next(item.key for item in items_of(session, who.account_id, BELONGINGS) if "subject 0" in item.title)
        delete_account(session, who.account_id, keep=[key], belongings=BELONGINGS)
    with database.read() as session:
        rating = session.scalar(sa.select(Rating).where(Rating.paper_id == kept, Rating.account_id.is_(None)))
        assert rating is not None
        assert (rating.text, rating.overall, rating.exclusion) == ("Better words on paper 4.", 5, "former")
        actions = session.scalars(sa.select(RatingVersion.action).where(RatingVersion.rating_id == rating.id).order_by(RatingVersion.id)).all()
        assert actions == ["given", "changed"]
        assert session.scalars(sa.select(Rating.account_id).where(Rating.paper_id == erased).order_by(Rating.id)).all() == [
            r.account_id for r in others[erased]
        ]
        for paper_id, n_given in ((kept, 3), (erased, 2)):
            score = score_of(session, paper_id)
            assert (score.n_given, score.n, score.overall) == (n_given, 2, 1.5)


def test_scores_are_as_if_made_anew(database: Database) -> None:
    with database.write() as session, session.begin():
        who, found = busy(session)
        rated(session, found[1], [8])
        assert who.account_id
        items = items_of(session, who.account_id, BELONGINGS)
        delete_account(session, who.account_id, keep=[items[0].key], belongings=BELONGINGS)
    with database.write() as session, session.begin():
        columns = [c for c in PaperScore.__table__.columns if c.name != "computed_at"]
        before = session.execute(sa.select(*columns).order_by(PaperScore.paper_id)).all()
        for paper_id in found:
            recompute(session, paper_id)
        assert session.execute(sa.select(*columns).order_by(PaperScore.paper_id)).all() == before
        assert before


def test_keys_of_others_change_nothing_of_theirs(database: Database) -> None:
    with database.write() as session, session.begin():
        who, found = busy(session)
        assert who.account_id
        (other,) = rated(session, found[3], [6], text="Mine.")
        assert other.account_id
        theirs = items_of(session, other.account_id, BELONGINGS)
        delete_account(session, who.account_id, keep=[item.key for item in theirs] + ["rating:999999", "nonsense"], belongings=BELONGINGS)
        assert items_of(session, other.account_id, BELONGINGS) == theirs


def test_the_last_admin_stays(database: Database) -> None:
    with database.write() as session, session.begin():
        admin, suspended = person(session, role="admin"), person(session, role="admin", is_suspended=True)
        assert admin.account_id
        assert suspended.account_id
        with pytest.raises(RuleBroken):
            delete_account(session, admin.account_id, keep=[], belongings=BELONGINGS)
        assert session.get(Account, admin.account_id)
        person(session, role="admin")
        delete_account(session, admin.account_id, keep=[], belongings=BELONGINGS)
        assert session.get(Account, admin.account_id) is None


def test_an_account_goes_once(database: Database) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        assert who.account_id
        delete_account(session, who.account_id, keep=[], belongings=BELONGINGS)
        with pytest.raises(NotFound):
            delete_account(session, who.account_id, keep=[], belongings=BELONGINGS)
