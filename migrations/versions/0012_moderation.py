"""moderation: reviews as something to report and hide, more acts in the log, merges of records that can be undone

Revision: 0012, after 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_TARGETS = "target_kind IN ('comment', 'review', 'request', 'answer')"
_ACTIONS = (
    "action IN ('hide', 'restore', 'release', 'lock', 'unlock', 'uphold-report', 'dismiss-report', 'suspend', 'end-suspension', "
    "'release-ratings', 'remove-ratings', 'ask-unmasking', 'agree-unmasking', 'look-behind-pseudonym', "
    "'approve-claim', 'refuse-claim', 'ask-about-claim', 'revoke-claim', 'close-authorship', 'hide-name', 'show-name', "
    "'merge-profiles', 'split-profile', 'undo-profiles', 'merge-records', 'undo-merge')"
)


def _log_entries() -> sa.Table:
    key = sa.String().with_variant(sa.String(collation='C'), 'postgresql')
    return sa.Table(
        'log_entries', sa.MetaData(),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('at', sa.String(), nullable=False),
        sa.Column('role', sa.String(), nullable=False),
        sa.Column('action', sa.String(), nullable=False),
        sa.Column('target', key, nullable=False),
        sa.Column('paper_id', sa.Integer(), nullable=True),
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('facts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
        sa.Column('previous_hash', sa.String(), nullable=False),
        sa.Column('hash', key, nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('by_id', sa.Integer(), nullable=True),
        sa.CheckConstraint(_ACTIONS, name=op.f('ck_log_entries_action')),
        sa.CheckConstraint("role IN ('moderator', 'admin', 'keeper', 'worker')", name=op.f('ck_log_entries_role')),
        sa.CheckConstraint('number >= 1', name=op.f('ck_log_entries_number')),
        sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_log_entries_account_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_log_entries_by_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_log_entries')),
        sa.UniqueConstraint('hash', name=op.f('uq_log_entries_hash')),
        sa.Index(op.f('ix_log_entries_account_id'), 'account_id'),
        sa.Index(op.f('ix_log_entries_by_id'), 'by_id'),
        sa.Index('ix_log_entries_target', 'target', 'number'),
    )


def _reports() -> sa.Table:
    return sa.Table(
        'reports', sa.MetaData(),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('target_kind', sa.String(), nullable=False),
        sa.Column('target_id', sa.Integer(), nullable=False),
        sa.Column('paper_id', sa.Integer(), nullable=True),
        sa.Column('reason', sa.String(), nullable=False),
        sa.Column('note', sa.String(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('verdict', sa.String(), nullable=False),
        sa.Column('verdict_reason', sa.String(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        sa.CheckConstraint("(verdict = '') = (decided_at IS NULL)", name=op.f('ck_reports_decided')),
        sa.CheckConstraint("reason IN ('abuse', 'spam', 'copyright', 'personal-information', 'off-topic', 'conflict-of-interest', 'other')", name=op.f('ck_reports_reason')),
        sa.CheckConstraint(_TARGETS, name=op.f('ck_reports_target_kind')),
        sa.CheckConstraint("verdict IN ('', 'upheld', 'dismissed')", name=op.f('ck_reports_verdict')),
        sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_reports_account_id'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['decided_by'], ['accounts.id'], name=op.f('fk_reports_decided_by'), ondelete='SET NULL'),
        sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_reports_paper_id'), ondelete='SET NULL'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reports')),
        sa.Index('ix_reports_account', 'account_id', 'reported_at'),
        sa.Index(op.f('ix_reports_decided_by'), 'decided_by'),
        sa.Index(op.f('ix_reports_paper_id'), 'paper_id'),
        sa.Index('ix_reports_target', 'target_kind', 'target_id'),
        sa.Index('ix_reports_waiting', 'verdict', 'reported_at', 'id'),
    )


def _check(table: sa.Table, name: str, condition: str) -> None:
    """A wider check. SQLite cannot change one: the table is made anew with it and the rows are copied; nothing refers to these two tables."""
    if op.get_bind().dialect.name == 'sqlite':
        with op.batch_alter_table(table.name, copy_from=table, recreate='always'):
            pass
    else:
        op.drop_constraint(op.f(name), table.name, type_='check')
        op.create_check_constraint(op.f(name), table.name, condition)


def upgrade() -> None:
    _check(_log_entries(), 'ck_log_entries_action', _ACTIONS)
    _check(_reports(), 'ck_reports_target_kind', _TARGETS)
    op.create_table('hidden_reviews',
    sa.Column('rating_id', sa.Integer(), nullable=False),
    sa.Column('hidden_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['rating_id'], ['ratings.id'], name=op.f('fk_hidden_reviews_rating_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('rating_id', name=op.f('pk_hidden_reviews'))
    )
    op.create_table('record_merges',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=False),
    sa.Column('gone_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_logged', sa.Boolean(), nullable=False),
    sa.Column('paper', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('source_ids', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('redirect_ids', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['made_by'], ['accounts.id'], name=op.f('fk_record_merges_made_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_merges'))
    )
    op.create_index(op.f('ix_record_merges_gone_id'), 'record_merges', ['gone_id'], unique=False)
    op.create_index(op.f('ix_record_merges_kept_id'), 'record_merges', ['kept_id'], unique=False)
    op.create_index(op.f('ix_record_merges_made_by'), 'record_merges', ['made_by'], unique=False)
    op.create_table('record_merge_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('merge_id', sa.Integer(), nullable=False),
    sa.Column('table_name', sa.String(), nullable=False),
    sa.Column('move', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('before', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('after', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.CheckConstraint("move IN ('moved', 'taken', 'changed', 'made')", name=op.f('ck_record_merge_rows_move')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_record_merge_rows_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['merge_id'], ['record_merges.id'], name=op.f('fk_record_merge_rows_merge_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_merge_rows'))
    )
    op.create_index(op.f('ix_record_merge_rows_account_id'), 'record_merge_rows', ['account_id'], unique=False)
    op.create_index(op.f('ix_record_merge_rows_merge_id'), 'record_merge_rows', ['merge_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError('what moderators decided is not thrown away; restore a backup instead')
