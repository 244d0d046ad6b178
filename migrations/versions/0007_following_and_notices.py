"""following people and searches; bulletins, alarms, and more that notices tell of

Revision: 0007, after 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_FOLLOWED = ("kind IN ('paper', 'journal', 'keyword')", "kind IN ('paper', 'journal', 'keyword', 'person', 'search')")
_KINDS = (
    "kind IN ('mention', 'reply', 'comment', 'state', 'verdict')",
    "kind IN ('mention', 'reply', 'comment', 'state', 'review', 'papers', 'search', 'alarm', 'own-text', 'own-ratings', 'claim', 'request', 'answer', 'verdict')",
)


def upgrade() -> None:
    op.create_table('bulletins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('after_mark', sa.Integer(), nullable=False),
    sa.Column('up_to_mark', sa.Integer(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('paper_ids', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('journal', 'keyword', 'person', 'search', 'ratings')", name=op.f('ck_bulletins_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulletins'))
    )
    with op.batch_alter_table('bulletins', schema=None) as batch_op:
        batch_op.create_index('ix_bulletins_latest', ['kind', 'target_id', 'id'], unique=False)
        batch_op.create_index('ix_bulletins_waiting', ['told_at', 'opened_at'], unique=False)
        batch_op.create_index('uq_bulletins_open', ['kind', 'target_id'], unique=True, sqlite_where=sa.text('told_at IS NULL'), postgresql_where=sa.text('told_at IS NULL'))

    op.create_table('news_marks',
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('target_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('mark', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'target_id', name=op.f('pk_news_marks'))
    )
    op.create_table('paper_alarms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("what IN ('retraction', 'concern', 'correction')", name=op.f('ck_paper_alarms_what')),
    sa.CheckConstraint('number >= 1', name=op.f('ck_paper_alarms_number')),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_paper_alarms_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper_alarms')),
    sa.UniqueConstraint('paper_id', 'what', 'number', name=op.f('uq_paper_alarms_paper_id_what_number'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('rating_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('bulletin_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('claim_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('what', sa.String(), nullable=False, server_default=''))
        batch_op.create_foreign_key(batch_op.f('fk_notices_rating_id'), 'ratings', ['rating_id'], ['id'], ondelete='CASCADE')
        batch_op.create_foreign_key(batch_op.f('fk_notices_bulletin_id'), 'bulletins', ['bulletin_id'], ['id'], ondelete='CASCADE')
        batch_op.create_foreign_key(batch_op.f('fk_notices_claim_id'), 'claims', ['claim_id'], ['id'], ondelete='CASCADE')
        batch_op.create_index(batch_op.f('ix_notices_rating_id'), ['rating_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_notices_bulletin_id'), ['bulletin_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_notices_claim_id'), ['claim_id'], unique=False)
        batch_op.create_index('ix_notices_unread', ['account_id'], unique=False, sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.alter_column('what', server_default=None)
    _replace_checks(_FOLLOWED[1], _KINDS[1])


def downgrade() -> None:
    op.execute("DELETE FROM follows WHERE kind IN ('person', 'search')")
    for table in ('notices', 'notice_settings'):
        op.execute(f"DELETE FROM {table} WHERE NOT ({_KINDS[0]})")
    _replace_checks(_FOLLOWED[0], _KINDS[0])
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index('ix_notices_unread')
        for column in ('claim_id', 'bulletin_id', 'rating_id'):
            batch_op.drop_index(batch_op.f(f'ix_notices_{column}'))
            batch_op.drop_constraint(batch_op.f(f'fk_notices_{column}'), type_='foreignkey')
        for column in ('what', 'claim_id', 'bulletin_id', 'rating_id'):
            batch_op.drop_column(column)
    op.drop_table('paper_alarms')
    op.drop_table('news_marks')
    op.drop_table('bulletins')


def _replace_checks(followed: str, kinds: str) -> None:
    for table, words in (('follows', followed), ('notices', kinds), ('notice_settings', kinds)):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f'ck_{table}_kind'), type_='check')
            batch_op.create_check_constraint(op.f(f'ck_{table}_kind'), sa.text(words))
