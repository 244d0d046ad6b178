"""The zip of an account: whole, readable, and without anything of anybody else."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa

from reviewhub.accounts.exporting import archive
from reviewhub.accounts.models import Account, AccountSession
from reviewhub.app import BELONGINGS
from reviewhub.core.db import Database
from reviewhub.core.errors import NotFound
from reviewhub.ratings.services import Given, rate
from tests.accounts.test_erasing import busy
from tests.people import person


def opened(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def times(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [v for k, v in value.items() if k.endswith("at") and isinstance(v, str)] + [t for v in value.values() for t in times(v)]
    return [t for v in value for t in times(v)] if isinstance(value, list) else []


def test_the_zip_holds_all_of_ones_own_and_nothing_of_others(database: Database) -> None:
    with database.write() as session, session.begin():
        who, found = busy(session, institution="复旦大学", password_hash="$argon2id$secret")
        stranger = person(session, "Stranger Danger", email="stranger@elsewhere.example")
        rate(session, stranger, found[0], Given(2, text="A stranger's words."))
        assert who.account_id
        account = session.get_one(Account, who.account_id)
        digests = [bytes(d) for d in session.scalars(sa.select(AccountSession.digest))]
        packed = archive(session, who.account_id, site_url="http://reviewhub.test", belongings=BELONGINGS, worded=str)
    files = opened(packed)
    assert files.keys() == {
        "README.txt", "account.json", "sessions.json", "ratings.json", "drafts.json", "reading.json", "searches.json", "profile.json", "claims.json",
        "comments.json", "votes.json", "comment-drafts.json", "reports.json", "notices.json", "library.json", "lists.json", "recommendations.json",
        "requests.json",
        f"reviews/paper-{found[0]}.md", f"reviews/paper-{found[1]}.md",
    }  # fmt: skip
    data = {name: json.loads(content.decode("utf-8")) for name, content in files.items() if name.endswith(".json")}
    assert data["account.json"] | {"name": "Wang Xiaoming", "email": account.email, "institution": "复旦大学", "has_password": True} == data["account.json"]
    assert [(r["paper"], r["stars"], [v["action"] for v in r["history"]]) for r in data["ratings.json"]["ratings"]] == [
        (found[0], 2.5, ["given", "changed"]), (found[1], 3.0, ["given", "changed"]),
    ]  # fmt: skip
    assert [(r["paper"], r["history"][-1]["action"]) for r in data["ratings.json"]["withdrawn"]] == [(found[2], "withdrawn")]
    assert data["drafts.json"][0]["fields"] == {"text": "half a thought"}
    assert [one["words"] for one in data["searches.json"]] == ["bees"]
    assert len(data["sessions.json"]) == 1
    assert (data["profile.json"]["name"], [(c["printed"], c["state"]) for c in data["claims.json"]]) == ("Wang Xiaoming", [("X. Wang", "pending")])
    assert "Better words on paper 4." in files[f"reviews/paper-{found[0]}.md"].decode()
    assert "复旦大学".encode() in files["account.json"], "Han is readable, not escaped"
    for at in (t for content in data.values() for t in times(content)):
        assert dt.datetime.fromisoformat(at).utcoffset() == dt.timedelta()
    whole = b"".join(files.values())
    assert not [secret for secret in (b"$argon2id", b"stranger", b"Stranger", *digests, *(d.hex().encode() for d in digests)) if secret in whole]
    readme = files["README.txt"].decode()
    assert [name for name in files if name != "README.txt" and name not in readme] == []


def test_an_empty_account_has_a_zip_too(database: Database) -> None:
    with database.write() as session, session.begin():
        who = person(session)
        assert who.account_id
        files = opened(archive(session, who.account_id, site_url="http://reviewhub.test", belongings=BELONGINGS, worded=str))
        assert json.loads(files["ratings.json"]) == {"ratings": [], "withdrawn": []}
        with pytest.raises(NotFound):
            archive(session, 999_999, site_url="", belongings=BELONGINGS, worded=str)


def test_what_no_encoding_holds_does_not_spoil_the_zip(database: Database) -> None:
    with database.write() as session, session.begin():
        who, _ = busy(session)
        assert who.account_id
        session.execute(sa.update(Account).where(Account.id == who.account_id).values(institution='A "quoted"\u2028institute\x01 <b>'))
        files = opened(archive(session, who.account_id, site_url="", belongings=BELONGINGS, worded=str))
        assert json.loads(files["account.json"])["institution"] == 'A "quoted"\u2028institute\x01 <b>'
