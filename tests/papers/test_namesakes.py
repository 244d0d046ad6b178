"""Printed forms of one name share a key, and a stored key is that of its name, after an import as after the migration."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from reviewhub.core.actor import KEEPER
from reviewhub.core.db import Database
from reviewhub.papers.models import Authorship
from reviewhub.papers.names import read_name
from reviewhub.papers.namesakes import namesake_key
from reviewhub.papers.record import Author, PaperRecord
from reviewhub.papers.services import add_or_update

SHARED = [
    ("wang x", ["王小明", "Xiaoming Wang", "Wang, X.-M.", "X. Wang"]),
    ("lu w", ["吕伟", "Wei Lu", "Wei Lü", "Wei Lv", "Wei Lyu"]),
    ("ouyang x", ["欧阳修", "Xiu Ouyang", "Xiu Ou-Yang"]),
    ("muller j", ["Jürgen Müller", "J. Mueller", "MULLER, Jurgen"]),
    ("obrien s", ["Sean O'Brien", "S. O’Brien", "O'BRIEN, Sean"]),
    ("kierkegard s", ["Søren Kierkegaard", "S. A. Kierkegaard"]),
    ("vandenberg j", ["Jan van den Berg", "van den Berg, J."]),
    ("suharto", ["Suharto"]),
    ("田中太郎", ["田中太郎"]),
]


@pytest.mark.parametrize(("key", "names"), SHARED)
def test_forms_of_one_name_share_a_key(key: str, names: list[str]) -> None:
    found = {text: read_name(text) for text in names}
    assert {text: namesake_key(name) for text, name in found.items() if name is not None} == dict.fromkeys(names, key)


def test_every_stored_name_has_its_key_and_groups_have_none(database: Database) -> None:
    authors = [Author("Xiaoming Wang", "Wang", "Xiaoming"), Author("王小明", "王", "小明"), Author("The Trial Group", is_group=True), Author("!?")]
    with database.write() as session, session.begin():
        add_or_update(session, KEEPER, [PaperRecord("hand", title="A long enough title of a paper", authors=authors)])
    with database.read() as session:
        keys = session.scalars(sa.select(Authorship.namesake_key).order_by(Authorship.position)).all()
        assert keys == ["wang x", "wang x", "", ""]
