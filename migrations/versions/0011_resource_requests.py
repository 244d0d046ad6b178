"""resource requests

Revision: 0011, after 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('resource_files',
    sa.Column('digest', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('content_type', sa.String(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_resource_files'))
    )
    op.create_table('resource_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('visibility', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('n_askers', sa.Integer(), nullable=False),
    sa.Column('n_answers', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('declined_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unreachable_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('full-text', 'data', 'code', 'protocol', 'reagent', 'materials', 'slides', 'translation', 'clarification')", name=op.f('ck_resource_requests_kind')),
    sa.CheckConstraint("state IN ('open', 'told', 'answered', 'verified', 'declined', 'unreachable')", name=op.f('ck_resource_requests_state')),
    sa.CheckConstraint("visibility IN ('shown', 'waiting', 'hidden', 'deleted')", name=op.f('ck_resource_requests_visibility')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_resource_requests_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_resource_requests_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resource_requests'))
    )
    with op.batch_alter_table('resource_requests', schema=None) as batch_op:
        batch_op.create_index('ix_resource_requests_account', ['account_id', 'asked_at'], unique=False)
        batch_op.create_index('ix_resource_requests_open', ['id'], unique=False, sqlite_where=sa.text("visibility = 'shown' AND state IN ('open', 'told', 'unreachable')"), postgresql_where=sa.text("visibility = 'shown' AND state IN ('open', 'told', 'unreachable')"))
        batch_op.create_index('ix_resource_requests_open_kind', ['kind', 'id'], unique=False, sqlite_where=sa.text("visibility = 'shown' AND state IN ('open', 'told', 'unreachable')"), postgresql_where=sa.text("visibility = 'shown' AND state IN ('open', 'told', 'unreachable')"))
        batch_op.create_index(batch_op.f('ix_resource_requests_paper_id'), ['paper_id'], unique=False)
        batch_op.create_index('uq_resource_requests_standing', ['paper_id', 'kind'], unique=True, sqlite_where=sa.text("visibility = 'shown'"), postgresql_where=sa.text("visibility = 'shown'"))

    op.create_table('resource_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('is_author', sa.Boolean(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('licence', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('file_digest', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=True),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('visibility', sa.String(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('n_works', sa.Integer(), nullable=False),
    sa.Column('n_fails', sa.Integer(), nullable=False),
    sa.Column('is_accepted', sa.Boolean(), nullable=False),
    sa.Column('n_failed_checks', sa.Integer(), nullable=False),
    sa.Column('failing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_dead', sa.Boolean(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('check_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(file_digest IS NULL) = (file_name = '')", name=op.f('ck_resource_answers_file_name')),
    sa.CheckConstraint("visibility = 'deleted' OR url <> '' OR text <> '' OR file_digest IS NOT NULL", name=op.f('ck_resource_answers_something')),
    sa.CheckConstraint("visibility IN ('shown', 'waiting', 'hidden', 'deleted')", name=op.f('ck_resource_answers_visibility')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_resource_answers_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['file_digest'], ['resource_files.digest'], name=op.f('fk_resource_answers_file_digest')),
    sa.ForeignKeyConstraint(['request_id'], ['resource_requests.id'], name=op.f('fk_resource_answers_request_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resource_answers'))
    )
    with op.batch_alter_table('resource_answers', schema=None) as batch_op:
        batch_op.create_index('ix_resource_answers_account', ['account_id', 'answered_at'], unique=False)
        batch_op.create_index('ix_resource_answers_due', ['check_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_resource_answers_file_digest'), ['file_digest'], unique=False)
        batch_op.create_index(batch_op.f('ix_resource_answers_request_id'), ['request_id'], unique=False)

    op.create_table('resource_askers',
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_resource_askers_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['request_id'], ['resource_requests.id'], name=op.f('fk_resource_askers_request_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('request_id', 'account_id', name=op.f('pk_resource_askers'))
    )
    with op.batch_alter_table('resource_askers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resource_askers_account_id'), ['account_id'], unique=False)

    op.create_table('resource_steps',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('asker', 'reader', 'author', 'moderator', 'worker')", name=op.f('ck_resource_steps_role')),
    sa.CheckConstraint("state IN ('open', 'told', 'answered', 'verified', 'declined', 'unreachable')", name=op.f('ck_resource_steps_state')),
    sa.CheckConstraint("what IN ('asked', 'asked-again', 'told', 'answered', 'answer-withdrawn', 'works', 'fails', 'accepted', 'declined', 'decline-withdrawn', 'unreachable', 'link-dead', 'link-alive', 'hidden', 'restored')", name=op.f('ck_resource_steps_what')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_resource_steps_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['request_id'], ['resource_requests.id'], name=op.f('fk_resource_steps_request_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resource_steps'))
    )
    with op.batch_alter_table('resource_steps', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resource_steps_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_resource_steps_request_id'), ['request_id'], unique=False)

    op.create_table('resource_verdicts',
    sa.Column('answer_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('works', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_resource_verdicts_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['answer_id'], ['resource_answers.id'], name=op.f('fk_resource_verdicts_answer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('answer_id', 'account_id', name=op.f('pk_resource_verdicts'))
    )
    with op.batch_alter_table('resource_verdicts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resource_verdicts_account_id'), ['account_id'], unique=False)

    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('request_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_notices_request_id'), ['request_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_notices_request_id'), 'resource_requests', ['request_id'], ['id'], ondelete='SET NULL')


def downgrade() -> None:
    raise NotImplementedError('requests are not thrown away; restore a backup instead')
