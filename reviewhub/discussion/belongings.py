"""Comments as what an account has: listed, erased, left without a name, handed out to their owner."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ..accounts.belongings import Exported, Item
from ..accounts.exporting import in_iso
from ..core.db import in_batches
from ..core.text import message, plain
from ..papers.models import Paper
from ..ratings.scoring import lock_all
from . import votes
from .counting import recount
from .models import Comment, CommentDraft, CommentMention, CommentState, CommentVersion, Vote
from .services import bury

_PREFIX = "comment:"
# Of a text, enough for its writer to know it by.
_HEAD_CHARS = 80


def items(session: Session, account_id: int) -> list[Item]:
    """The comments of an account, newest first. One statement."""
    rows = session.execute(
        sa.select(Comment.id, sa.func.substr(Comment.text, 1, _HEAD_CHARS), Comment.written_at, Comment.pseudonym, Paper.title)
        .join(Paper, Paper.id == Comment.paper_id)
        .where(Comment.account_id == account_id, Comment.visibility != "deleted")
        .order_by(Comment.id.desc())
    )
    return [
        Item(
            f"{_PREFIX}{comment_id}",
            message("Comment under a pseudonym") if pseudonym else message("Comment"),
            title,
            message("“%(head)s”, written on %(day)s", head=head, day=written_at.date()),
        )
        for comment_id, head, written_at, pseudonym, title in rows
    ]


def erase(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Leaves tombstones of these comments, and takes votes, mentions and drafts away; counts are right when this returns."""
    comments = _chosen(session, account_id, keys)
    for comment in comments:
        bury(session, comment)
        comment.account_id, comment.pseudonym = None, ""
    _take_votes(session, account_id)
    for model in (CommentMention, CommentDraft):
        session.execute(sa.delete(model).where(model.account_id == account_id))
    session.execute(sa.update(CommentState).where(CommentState.account_id == account_id).values(account_id=None))
    for paper_id in sorted({comment.paper_id for comment in comments}):
        recount(session, paper_id)


def release(session: Session, account_id: int, keys: Collection[str]) -> None:
    """Leaves these comments as of a former reader, or under their pseudonym."""
    for comment in _chosen(session, account_id, keys):
        comment.account_id = None
    session.flush()


def export(session: Session, account_id: int) -> list[Exported]:
    """Comments with their history, votes and drafts."""
    earlier: dict[int, list[dict[str, object]]] = {}
    own = sa.select(Comment.id).where(Comment.account_id == account_id)
    for version in session.scalars(sa.select(CommentVersion).where(CommentVersion.comment_id.in_(own)).order_by(CommentVersion.version)):
        earlier.setdefault(version.comment_id, []).append({"text": version.text, "at": in_iso(version.at)})
    rows = session.execute(
        sa.select(Comment, Paper.title, Paper.doi).join(Paper, Paper.id == Comment.paper_id).where(Comment.account_id == account_id).order_by(Comment.id)
    )
    comments = [
        {
            "paper": one.paper_id, "title": plain(title), "doi": doi, "kind": one.kind, "text": one.text, "passage": one.passage, "pseudonym": one.pseudonym,
            "in_reply_to": one.parent_id, "state": one.state, "visibility": one.visibility, "written_at": in_iso(one.written_at),
            "changed_at": in_iso(one.changed_at), "earlier": earlier.get(one.id, []),
        }
        for one, title, doi in rows
    ]  # fmt: skip
    cast = session.scalars(sa.select(Vote).where(Vote.account_id == account_id).order_by(Vote.id))
    begun = session.scalars(sa.select(CommentDraft).where(CommentDraft.account_id == account_id).order_by(CommentDraft.id))
    return [
        Exported("comments.json", comments, message("your comments as they stand, with their history.")),
        Exported(
            "votes.json",
            [{"comment": one.comment_id, "review": one.rating_id, "is_helpful": one.is_helpful, "at": in_iso(one.at)} for one in cast],
            message("what you found helpful."),
        ),
        Exported(
            "comment-drafts.json",
            [{"paper": one.paper_id, "place": one.place, "fields": one.fields, "saved_at": in_iso(one.saved_at)} for one in begun],
            message("comments you began and did not send."),
        ),
    ]


def _chosen(session: Session, account_id: int, keys: Collection[str]) -> list[Comment]:
    """The account's comments with these keys, their papers locked in one order."""
    ids = [int(key.removeprefix(_PREFIX)) for key in keys if key.startswith(_PREFIX)]
    own = sa.select(Comment).where(Comment.account_id == account_id, Comment.visibility != "deleted")
    papers = {paper_id for some in in_batches(ids) for paper_id in session.scalars(sa.select(Comment.paper_id).where(Comment.id.in_(some)))}
    lock_all(session, sorted(papers))
    return [comment for some in in_batches(ids) for comment in session.scalars(own.where(Comment.id.in_(some)))]


def _take_votes(session: Session, account_id: int) -> None:
    cast = session.execute(sa.select(Vote.comment_id, Vote.rating_id).where(Vote.account_id == account_id)).all()
    session.execute(sa.delete(Vote).where(Vote.account_id == account_id))
    for comment_id, rating_id in cast:
        if comment_id is not None:
            votes.count_comment(session, session.get_one(Comment, comment_id))
        if rating_id is not None:
            votes.count_review(session, rating_id)
