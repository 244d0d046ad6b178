"""discussion

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('log_heads',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_log_heads_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_log_heads'))
    )
    op.create_table('follows',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('paper', 'journal', 'keyword')", name=op.f('ck_follows_kind')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_follows_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'kind', 'target_id', name=op.f('pk_follows'))
    )
    with op.batch_alter_table('follows', schema=None) as batch_op:
        batch_op.create_index('ix_follows_target', ['kind', 'target_id', 'account_id'], unique=False)

    op.create_table('log_entries',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('target', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('facts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('previous_hash', sa.String(), nullable=False),
    sa.Column('hash', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("action IN ('hide', 'restore', 'release', 'lock', 'unlock', 'uphold-report', 'dismiss-report', 'suspend', 'end-suspension', 'release-ratings', 'remove-ratings', 'ask-unmasking', 'agree-unmasking', 'look-behind-pseudonym')", name=op.f('ck_log_entries_action')),
    sa.CheckConstraint("role IN ('moderator', 'admin', 'keeper', 'worker')", name=op.f('ck_log_entries_role')),
    sa.CheckConstraint('number >= 1', name=op.f('ck_log_entries_number')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_log_entries_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['by_id'], ['accounts.id'], name=op.f('fk_log_entries_by_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_log_entries')),
    sa.UniqueConstraint('hash', name=op.f('uq_log_entries_hash'))
    )
    with op.batch_alter_table('log_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_log_entries_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_log_entries_by_id'), ['by_id'], unique=False)
        batch_op.create_index('ix_log_entries_target', ['target', 'number'], unique=False)

    op.create_table('notice_settings',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('way', sa.String(), nullable=False),
    sa.CheckConstraint("kind IN ('mention', 'reply', 'comment', 'state', 'verdict')", name=op.f('ck_notice_settings_kind')),
    sa.CheckConstraint("way IN ('on', 'daily', 'weekly', 'off')", name=op.f('ck_notice_settings_way')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_notice_settings_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'kind', name=op.f('pk_notice_settings'))
    )
    op.create_table('suspensions',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_suspensions_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_suspensions'))
    )
    with op.batch_alter_table('suspensions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_suspensions_until'), ['until'], unique=False)

    op.create_table('comment_drafts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('digest', sa.LargeBinary(), nullable=True),
    sa.Column('fields', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(account_id IS NULL) <> (digest IS NULL)', name=op.f('ck_comment_drafts_owner')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_comment_drafts_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_comment_drafts_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comment_drafts')),
    sa.UniqueConstraint('account_id', 'paper_id', 'place', name=op.f('uq_comment_drafts_account_id_paper_id_place')),
    sa.UniqueConstraint('digest', 'paper_id', 'place', name=op.f('uq_comment_drafts_digest_paper_id_place'))
    )
    with op.batch_alter_table('comment_drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_comment_drafts_paper_id'), ['paper_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_comment_drafts_saved_at'), ['saved_at'], unique=False)

    op.create_table('discussions',
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('n_comments', sa.Integer(), nullable=False),
    sa.Column('n_threads', sa.Integer(), nullable=False),
    sa.Column('n_open_questions', sa.Integer(), nullable=False),
    sa.Column('n_answered_questions', sa.Integer(), nullable=False),
    sa.Column('n_open_errors', sa.Integer(), nullable=False),
    sa.Column('n_confirmed_errors', sa.Integer(), nullable=False),
    sa.Column('n_corrected_errors', sa.Integer(), nullable=False),
    sa.Column('is_locked', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_discussions_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('paper_id', name=op.f('pk_discussions'))
    )
    op.create_table('reports',
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
    sa.CheckConstraint("target_kind IN ('comment')", name=op.f('ck_reports_target_kind')),
    sa.CheckConstraint("verdict IN ('', 'upheld', 'dismissed')", name=op.f('ck_reports_verdict')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_reports_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['decided_by'], ['accounts.id'], name=op.f('fk_reports_decided_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_reports_paper_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports'))
    )
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.create_index('ix_reports_account', ['account_id', 'reported_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_reports_decided_by'), ['decided_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_reports_paper_id'), ['paper_id'], unique=False)
        batch_op.create_index('ix_reports_target', ['target_kind', 'target_id'], unique=False)
        batch_op.create_index('ix_reports_waiting', ['verdict', 'reported_at', 'id'], unique=False)

    op.create_table('comments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('rating_id', sa.Integer(), nullable=True),
    sa.Column('is_on_review', sa.Boolean(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('text_language', sa.String(), nullable=False),
    sa.Column('passage', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('pseudonym', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('is_author', sa.Boolean(), nullable=False),
    sa.Column('conflict', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('visibility', sa.String(), nullable=False),
    sa.Column('is_locked', sa.Boolean(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('n_replies', sa.Integer(), nullable=False),
    sa.Column('n_helpful', sa.Integer(), nullable=False),
    sa.Column('n_votes', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind <> 'author-reply' OR pseudonym = ''", name=op.f('ck_comments_author_by_name')),
    sa.CheckConstraint("kind IN ('remark', 'question', 'answer', 'suspected-error', 'author-reply', 'replication', 'related-work', 'suggestion')", name=op.f('ck_comments_kind')),
    sa.CheckConstraint("state IN ('', 'open', 'answered', 'confirmed', 'corrected', 'rebutted', 'unresolved')", name=op.f('ck_comments_state')),
    sa.CheckConstraint("visibility IN ('shown', 'waiting', 'hidden', 'deleted')", name=op.f('ck_comments_visibility')),
    sa.CheckConstraint('(parent_id IS NULL) = (number = 0)', name=op.f('ck_comments_number')),
    sa.CheckConstraint('n_helpful BETWEEN 0 AND n_votes', name=op.f('ck_comments_votes')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_comments_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_comments_paper_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['parent_id'], ['comments.id'], name=op.f('fk_comments_parent_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['rating_id'], ['ratings.id'], name=op.f('fk_comments_rating_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comments')),
    sa.UniqueConstraint('parent_id', 'number', name=op.f('uq_comments_parent_id_number'))
    )
    with op.batch_alter_table('comments', schema=None) as batch_op:
        batch_op.create_index('ix_comments_account', ['account_id', 'written_at'], unique=False)
        batch_op.create_index('ix_comments_best', ['paper_id', 'parent_id', 'rank', 'id'], unique=False)
        batch_op.create_index('ix_comments_newest', ['paper_id', 'parent_id', 'id'], unique=False)
        batch_op.create_index('ix_comments_review', ['rating_id', 'parent_id', 'rank', 'id'], unique=False)

    op.create_table('review_standings',
    sa.Column('rating_id', sa.Integer(), nullable=False),
    sa.Column('n_helpful', sa.Integer(), nullable=False),
    sa.Column('n_votes', sa.Integer(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.CheckConstraint('n_helpful BETWEEN 0 AND n_votes', name=op.f('ck_review_standings_votes')),
    sa.ForeignKeyConstraint(['rating_id'], ['ratings.id'], name=op.f('fk_review_standings_rating_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('rating_id', name=op.f('pk_review_standings'))
    )
    op.create_table('comment_mentions',
    sa.Column('comment_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_comment_mentions_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_comment_mentions_comment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('comment_id', 'account_id', name=op.f('pk_comment_mentions'))
    )
    with op.batch_alter_table('comment_mentions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_comment_mentions_account_id'), ['account_id'], unique=False)

    op.create_table('comment_states',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('comment_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('asker', 'author', 'moderator')", name=op.f('ck_comment_states_role')),
    sa.CheckConstraint("state IN ('open', 'answered', 'confirmed', 'corrected', 'rebutted', 'unresolved')", name=op.f('ck_comment_states_state')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_comment_states_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_comment_states_comment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_comment_states'))
    )
    with op.batch_alter_table('comment_states', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_comment_states_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_comment_states_comment_id'), ['comment_id'], unique=False)

    op.create_table('comment_versions',
    sa.Column('comment_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_comment_versions_comment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('comment_id', 'version', name=op.f('pk_comment_versions'))
    )
    op.create_table('helpful_votes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('comment_id', sa.Integer(), nullable=True),
    sa.Column('rating_id', sa.Integer(), nullable=True),
    sa.Column('is_helpful', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(comment_id IS NULL) <> (rating_id IS NULL)', name=op.f('ck_helpful_votes_one_thing')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_helpful_votes_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_helpful_votes_comment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['rating_id'], ['ratings.id'], name=op.f('fk_helpful_votes_rating_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_helpful_votes')),
    sa.UniqueConstraint('account_id', 'comment_id', name=op.f('uq_helpful_votes_account_id_comment_id')),
    sa.UniqueConstraint('account_id', 'rating_id', name=op.f('uq_helpful_votes_account_id_rating_id'))
    )
    with op.batch_alter_table('helpful_votes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_helpful_votes_comment_id'), ['comment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_helpful_votes_rating_id'), ['rating_id'], unique=False)

    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('happening', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=True),
    sa.Column('comment_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('way', sa.String(), nullable=False),
    sa.Column('gathered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('mention', 'reply', 'comment', 'state', 'verdict')", name=op.f('ck_notices_kind')),
    sa.CheckConstraint("way IN ('on', 'daily', 'weekly', 'off')", name=op.f('ck_notices_way')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_notices_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_notices_comment_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_notices_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('account_id', 'happening', name=op.f('uq_notices_account_id_happening'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notices_comment_id'), ['comment_id'], unique=False)
        batch_op.create_index('ix_notices_gathering', ['way', 'gathered_at', 'at'], unique=False)
        batch_op.create_index('ix_notices_newest', ['account_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_notices_paper_id'), ['paper_id'], unique=False)

    op.create_table('unmaskings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('comment_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agreed_by', sa.Integer(), nullable=True),
    sa.Column('agreed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('agreed_by <> asked_by', name=op.f('ck_unmaskings_two')),
    sa.ForeignKeyConstraint(['agreed_by'], ['accounts.id'], name=op.f('fk_unmaskings_agreed_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['asked_by'], ['accounts.id'], name=op.f('fk_unmaskings_asked_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['comment_id'], ['comments.id'], name=op.f('fk_unmaskings_comment_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unmaskings'))
    )
    with op.batch_alter_table('unmaskings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unmaskings_agreed_by'), ['agreed_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_unmaskings_asked_by'), ['asked_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_unmaskings_comment_id'), ['comment_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('unmaskings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_unmaskings_comment_id'))
        batch_op.drop_index(batch_op.f('ix_unmaskings_asked_by'))
        batch_op.drop_index(batch_op.f('ix_unmaskings_agreed_by'))

    op.drop_table('unmaskings')
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notices_paper_id'))
        batch_op.drop_index('ix_notices_newest')
        batch_op.drop_index('ix_notices_gathering')
        batch_op.drop_index(batch_op.f('ix_notices_comment_id'))

    op.drop_table('notices')
    with op.batch_alter_table('helpful_votes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_helpful_votes_rating_id'))
        batch_op.drop_index(batch_op.f('ix_helpful_votes_comment_id'))

    op.drop_table('helpful_votes')
    op.drop_table('comment_versions')
    with op.batch_alter_table('comment_states', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_comment_states_comment_id'))
        batch_op.drop_index(batch_op.f('ix_comment_states_account_id'))

    op.drop_table('comment_states')
    with op.batch_alter_table('comment_mentions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_comment_mentions_account_id'))

    op.drop_table('comment_mentions')
    op.drop_table('review_standings')
    with op.batch_alter_table('comments', schema=None) as batch_op:
        batch_op.drop_index('ix_comments_review')
        batch_op.drop_index('ix_comments_newest')
        batch_op.drop_index('ix_comments_best')
        batch_op.drop_index('ix_comments_account')

    op.drop_table('comments')
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.drop_index('ix_reports_waiting')
        batch_op.drop_index('ix_reports_target')
        batch_op.drop_index(batch_op.f('ix_reports_paper_id'))
        batch_op.drop_index(batch_op.f('ix_reports_decided_by'))
        batch_op.drop_index('ix_reports_account')

    op.drop_table('reports')
    op.drop_table('discussions')
    with op.batch_alter_table('comment_drafts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_comment_drafts_saved_at'))
        batch_op.drop_index(batch_op.f('ix_comment_drafts_paper_id'))

    op.drop_table('comment_drafts')
    with op.batch_alter_table('suspensions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_suspensions_until'))

    op.drop_table('suspensions')
    op.drop_table('notice_settings')
    with op.batch_alter_table('log_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_log_entries_target')
        batch_op.drop_index(batch_op.f('ix_log_entries_by_id'))
        batch_op.drop_index(batch_op.f('ix_log_entries_account_id'))

    op.drop_table('log_entries')
    with op.batch_alter_table('follows', schema=None) as batch_op:
        batch_op.drop_index('ix_follows_target')

    op.drop_table('follows')
    op.drop_table('log_heads')
