"""accounts and ratings

Revision: 0002, after 0001
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Means that were carried over become real ratings, of an account that nobody can sign in to; `flask setup` computes the scores anew.
    carried = op.get_bind().execute(sa.text("SELECT paper_id, carried_over, carried_over_from FROM paper_scores WHERE carried_over IS NOT NULL")).all()
    op.drop_table('paper_scores')
    op.create_table('accounts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('email_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=True),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('orcid', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=True),
    sa.Column('institution', sa.String(), nullable=False),
    sa.Column('hides_numbers', sa.Boolean(), nullable=False),
    sa.Column('is_suspended', sa.Boolean(), nullable=False),
    sa.Column('suspended_because', sa.String(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('joined_from', sa.String(), nullable=False),
    sa.CheckConstraint("language IN ('en', 'zh')", name=op.f('ck_accounts_language')),
    sa.CheckConstraint("name <> ''", name=op.f('ck_accounts_name')),
    sa.CheckConstraint("role IN ('reader', 'moderator', 'admin')", name=op.f('ck_accounts_role')),
    sa.CheckConstraint('(email IS NULL) = (email_key IS NULL)', name=op.f('ck_accounts_email')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('email_key', name=op.f('uq_accounts_email_key')),
    sa.UniqueConstraint('orcid', name=op.f('uq_accounts_orcid'))
    )
    op.create_table('rating_models',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('formula', sa.String(), nullable=False),
    sa.Column('facts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rating_models'))
    )
    op.create_table('registrations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('email_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('joined_from', sa.String(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registrations')),
    sa.UniqueConstraint('digest', name=op.f('uq_registrations_digest'))
    )
    with op.batch_alter_table('registrations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_registrations_email_key'), ['email_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_registrations_expires_at'), ['expires_at'], unique=False)

    op.create_table('timers',
    sa.Column('handler', sa.String(), nullable=False),
    sa.Column('run_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('handler', name=op.f('pk_timers'))
    )
    op.create_table('account_sessions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_remembered', sa.Boolean(), nullable=False),
    sa.Column('browser', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_account_sessions_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_sessions')),
    sa.UniqueConstraint('digest', name=op.f('uq_account_sessions_digest'))
    )
    with op.batch_alter_table('account_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_sessions_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_account_sessions_expires_at'), ['expires_at'], unique=False)

    op.create_table('account_tokens',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("purpose IN ('password', 'address')", name=op.f('ck_account_tokens_purpose')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_account_tokens_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_tokens')),
    sa.UniqueConstraint('digest', name=op.f('uq_account_tokens_digest'))
    )
    with op.batch_alter_table('account_tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_tokens_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_account_tokens_expires_at'), ['expires_at'], unique=False)

    op.create_table('rater_leniencies',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('effect', sa.Integer(), nullable=False),
    sa.Column('n_ratings', sa.Integer(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_rater_leniencies_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_rater_leniencies'))
    )
    op.create_table('rater_links',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.CheckConstraint('account_id < other_id', name=op.f('ck_rater_links_order')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_rater_links_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['other_id'], ['accounts.id'], name=op.f('fk_rater_links_other_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'other_id', name=op.f('pk_rater_links'))
    )
    with op.batch_alter_table('rater_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rater_links_other_id'), ['other_id'], unique=False)

    op.create_table('held_bursts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('why', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('decision', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.CheckConstraint("decision IN ('', 'released', 'removed')", name=op.f('ck_held_bursts_decision')),
    sa.ForeignKeyConstraint(['decided_by'], ['accounts.id'], name=op.f('fk_held_bursts_decided_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_held_bursts_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_held_bursts'))
    )
    with op.batch_alter_table('held_bursts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_held_bursts_paper_id'), ['paper_id'], unique=False)

    op.create_table('paper_scores',
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('n_given', sa.Integer(), nullable=False),
    sa.Column('n_counted', sa.Integer(), nullable=False),
    sa.Column('n_groups', sa.Integer(), nullable=False),
    sa.Column('n_held', sa.Integer(), nullable=False),
    sa.Column('n_reviews', sa.Integer(), nullable=False),
    sa.Column('overall', sa.Integer(), nullable=True),
    sa.Column('estimate', sa.Integer(), nullable=True),
    sa.Column('lower', sa.Integer(), nullable=True),
    sa.Column('upper', sa.Integer(), nullable=True),
    sa.Column('spread', sa.Integer(), nullable=True),
    sa.Column('novelty', sa.Integer(), nullable=True),
    sa.Column('importance', sa.Integer(), nullable=True),
    sa.Column('rigor', sa.Integer(), nullable=True),
    sa.Column('n_novelty', sa.Integer(), nullable=False),
    sa.Column('n_importance', sa.Integer(), nullable=False),
    sa.Column('n_rigor', sa.Integer(), nullable=False),
    sa.Column('blind_mean', sa.Integer(), nullable=True),
    sa.Column('n_blind', sa.Integer(), nullable=False),
    sa.Column('open_mean', sa.Integer(), nullable=True),
    sa.Column('n_open', sa.Integer(), nullable=False),
    sa.Column('adjusted', sa.Integer(), nullable=True),
    sa.Column('histogram', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('is_established', sa.Boolean(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('model_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('(n_counted = 0) = (overall IS NULL)', name=op.f('ck_paper_scores_mean_of_something')),
    sa.CheckConstraint('n_groups <= n_counted AND n_counted <= n_given AND n_groups >= 0', name=op.f('ck_paper_scores_counts')),
    sa.CheckConstraint('overall BETWEEN 100 AND 1000', name=op.f('ck_paper_scores_overall')),
    sa.ForeignKeyConstraint(['model_id'], ['rating_models.id'], name=op.f('fk_paper_scores_model_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_paper_scores_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('paper_id', name=op.f('pk_paper_scores'))
    )
    with op.batch_alter_table('paper_scores', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_paper_scores_model_id'), ['model_id'], unique=False)
        batch_op.create_index('ix_paper_scores_reviews', ['n_reviews', 'n_given', 'paper_id'], unique=False)
        batch_op.create_index('ix_paper_scores_spread', ['is_established', 'spread', 'paper_id'], unique=False)
        batch_op.create_index('ix_paper_scores_top', ['is_established', 'lower', 'paper_id'], unique=False)

    op.create_table('rating_drafts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('digest', sa.LargeBinary(), nullable=True),
    sa.Column('fields', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(account_id IS NULL) <> (digest IS NULL)', name=op.f('ck_rating_drafts_owner')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_rating_drafts_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_rating_drafts_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rating_drafts')),
    sa.UniqueConstraint('account_id', 'paper_id', name=op.f('uq_rating_drafts_account_id_paper_id')),
    sa.UniqueConstraint('digest', 'paper_id', name=op.f('uq_rating_drafts_digest_paper_id'))
    )
    with op.batch_alter_table('rating_drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rating_drafts_paper_id'), ['paper_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rating_drafts_saved_at'), ['saved_at'], unique=False)

    op.create_table('reveals',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_reveals_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_reveals_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'paper_id', name=op.f('pk_reveals'))
    )
    with op.batch_alter_table('reveals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reveals_paper_id'), ['paper_id'], unique=False)

    op.create_table('rating_versions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('rating_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('held_by', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('overall', sa.Integer(), nullable=False),
    sa.Column('novelty', sa.Integer(), nullable=True),
    sa.Column('importance', sa.Integer(), nullable=True),
    sa.Column('rigor', sa.Integer(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('text_language', sa.String(), nullable=False),
    sa.Column('familiarity', sa.Integer(), nullable=True),
    sa.Column('has_conflict', sa.Boolean(), nullable=False),
    sa.Column('conflict_note', sa.String(), nullable=False),
    sa.Column('is_blind', sa.Boolean(), nullable=False),
    sa.CheckConstraint("action IN ('given', 'changed', 'withdrawn')", name=op.f('ck_rating_versions_action')),
    sa.CheckConstraint('familiarity BETWEEN 1 AND 4', name=op.f('ck_rating_versions_familiarity')),
    sa.CheckConstraint('importance BETWEEN 1 AND 5', name=op.f('ck_rating_versions_importance')),
    sa.CheckConstraint('novelty BETWEEN 1 AND 5', name=op.f('ck_rating_versions_novelty')),
    sa.CheckConstraint('overall BETWEEN 1 AND 10', name=op.f('ck_rating_versions_overall')),
    sa.CheckConstraint('rigor BETWEEN 1 AND 5', name=op.f('ck_rating_versions_rigor')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_rating_versions_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['held_by'], ['held_bursts.id'], name=op.f('fk_rating_versions_held_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_rating_versions_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rating_versions'))
    )
    with op.batch_alter_table('rating_versions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rating_versions_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rating_versions_held_by'), ['held_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_rating_versions_paper_id'), ['paper_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_rating_versions_rating_id'), ['rating_id'], unique=False)

    op.create_table('ratings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('conflict', sa.String(), nullable=False),
    sa.Column('held_by', sa.Integer(), nullable=True),
    sa.Column('exclusion', sa.String(), nullable=False),
    sa.Column('group_no', sa.Integer(), nullable=False),
    sa.Column('overall', sa.Integer(), nullable=False),
    sa.Column('novelty', sa.Integer(), nullable=True),
    sa.Column('importance', sa.Integer(), nullable=True),
    sa.Column('rigor', sa.Integer(), nullable=True),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('text_language', sa.String(), nullable=False),
    sa.Column('familiarity', sa.Integer(), nullable=True),
    sa.Column('has_conflict', sa.Boolean(), nullable=False),
    sa.Column('conflict_note', sa.String(), nullable=False),
    sa.Column('is_blind', sa.Boolean(), nullable=False),
    sa.CheckConstraint("conflict IN ('', 'own-paper', 'co-author', 'same-institution')", name=op.f('ck_ratings_conflict')),
    sa.CheckConstraint("exclusion IN ('', 'removed', 'suspended', 'former', 'own-paper', 'co-author', 'same-institution', 'declared', 'held')", name=op.f('ck_ratings_exclusion')),
    sa.CheckConstraint('familiarity BETWEEN 1 AND 4', name=op.f('ck_ratings_familiarity')),
    sa.CheckConstraint('importance BETWEEN 1 AND 5', name=op.f('ck_ratings_importance')),
    sa.CheckConstraint('novelty BETWEEN 1 AND 5', name=op.f('ck_ratings_novelty')),
    sa.CheckConstraint('overall BETWEEN 1 AND 10', name=op.f('ck_ratings_overall')),
    sa.CheckConstraint('rigor BETWEEN 1 AND 5', name=op.f('ck_ratings_rigor')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_ratings_account_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['held_by'], ['held_bursts.id'], name=op.f('fk_ratings_held_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_ratings_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ratings')),
    sa.UniqueConstraint('paper_id', 'account_id', name=op.f('uq_ratings_paper_id_account_id'))
    )
    with op.batch_alter_table('ratings', schema=None) as batch_op:
        batch_op.create_index('ix_ratings_account', ['account_id', 'given_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_ratings_held_by'), ['held_by'], unique=False)
    _keep(carried)


def _keep(carried):
    now = dt.datetime.now(dt.timezone.utc)
    bind, metadata = op.get_bind(), sa.MetaData()
    accounts, ratings, versions = (sa.Table(name, metadata, autoload_with=bind) for name in ('accounts', 'ratings', 'rating_versions'))
    if bind.dialect.name == 'sqlite':
        now = now.replace(tzinfo=None)
    for source in sorted({row.carried_over_from for row in carried}):
        account_id = bind.execute(sa.insert(accounts).values(
            name=source, password_hash='', role='reader', language='en', institution='', hides_numbers=False, is_suspended=False, suspended_because='',
            joined_at=now, joined_from='')).inserted_primary_key[0]
        for row in carried:
            if row.carried_over_from != source:
                continue
            given = dict(paper_id=row.paper_id, account_id=account_id, overall=round(row.carried_over / 100), text='', text_language='', has_conflict=False,
                         conflict_note='', is_blind=False)
            rating_id = bind.execute(sa.insert(ratings).values(
                **given, given_at=now, changed_at=now, version=1, conflict='', exclusion='', group_no=0)).inserted_primary_key[0]
            bind.execute(sa.insert(versions).values(**given, rating_id=rating_id, action='given', at=now))


def downgrade() -> None:
    raise NotImplementedError('accounts and ratings are not thrown away; restore a backup instead')
