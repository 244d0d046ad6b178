"""recommendations

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('recommendation_models',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('folder', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('n_papers', sa.Integer(), nullable=False),
    sa.Column('n_readers', sa.Integer(), nullable=False),
    sa.Column('n_entries', sa.Integer(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('training_s', sa.Double(), nullable=False),
    sa.Column('figures', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recommendation_models')),
    sa.UniqueConstraint('folder', name=op.f('uq_recommendation_models_folder'))
    )
    op.create_table('library_uploads',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('n_read', sa.Integer(), nullable=False),
    sa.Column('n_saved', sa.Integer(), nullable=False),
    sa.Column('n_rejected', sa.Integer(), nullable=False),
    sa.Column('problems', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('handed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'done', 'unreadable')", name=op.f('ck_library_uploads_state')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_library_uploads_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_library_uploads'))
    )
    with op.batch_alter_table('library_uploads', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_library_uploads_account_id'), ['account_id'], unique=False)

    op.create_table('reader_tastes',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('is_left_out', sa.Boolean(), nullable=False),
    sa.Column('fields', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_reader_tastes_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_reader_tastes'))
    )
    op.create_table('reading_lists',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('is_public', sa.Boolean(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("title <> ''", name=op.f('ck_reading_lists_title')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_reading_lists_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading_lists'))
    )
    with op.batch_alter_table('reading_lists', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reading_lists_account_id'), ['account_id'], unique=False)
        batch_op.create_index('ix_reading_lists_public', ['is_public', 'changed_at', 'id'], unique=False)

    op.create_table('library_items',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.CheckConstraint("state IN ('to-read', 'reading', 'read')", name=op.f('ck_library_items_state')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_library_items_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_library_items_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'paper_id', name=op.f('pk_library_items'))
    )
    with op.batch_alter_table('library_items', schema=None) as batch_op:
        batch_op.create_index('ix_library_items_newest', ['account_id', 'saved_at', 'paper_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_library_items_paper_id'), ['paper_id'], unique=False)

    op.create_table('paper_trends',
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('trend', sa.Integer(), nullable=False),
    sa.Column('n_readers', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_paper_trends_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('paper_id', name=op.f('pk_paper_trends'))
    )
    with op.batch_alter_table('paper_trends', schema=None) as batch_op:
        batch_op.create_index('ix_paper_trends_trend', ['trend', 'paper_id'], unique=False)

    op.create_table('reader_choices',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('choice', sa.String(), nullable=False),
    sa.Column('chosen_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("choice IN ('not-interested', 'more-like-this')", name=op.f('ck_reader_choices_choice')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_reader_choices_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_reader_choices_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'paper_id', name=op.f('pk_reader_choices'))
    )
    with op.batch_alter_table('reader_choices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reader_choices_paper_id'), ['paper_id'], unique=False)

    op.create_table('reading_list_items',
    sa.Column('list_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['list_id'], ['reading_lists.id'], name=op.f('fk_reading_list_items_list_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_reading_list_items_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('list_id', 'paper_id', name=op.f('pk_reading_list_items'))
    )
    with op.batch_alter_table('reading_list_items', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reading_list_items_paper_id'), ['paper_id'], unique=False)

    op.create_table('related_lists',
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('model_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_related_lists_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('paper_id', name=op.f('pk_related_lists'))
    )
    with op.batch_alter_table('related_lists', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_related_lists_model_id'), ['model_id'], unique=False)

    op.create_table('related_papers',
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.CheckConstraint('paper_id <> other_id', name=op.f('ck_related_papers_other')),
    sa.ForeignKeyConstraint(['other_id'], ['papers.id'], name=op.f('fk_related_papers_other_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_related_papers_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('paper_id', 'position', name=op.f('pk_related_papers')),
    sa.UniqueConstraint('paper_id', 'other_id', name=op.f('uq_related_papers_paper_id_other_id'))
    )
    with op.batch_alter_table('related_papers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_related_papers_other_id'), ['other_id'], unique=False)

    op.create_table('library_tags',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('tag_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('tag', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account_id', 'paper_id'], ['library_items.account_id', 'library_items.paper_id'], name=op.f('fk_library_tags_account_id_paper_id'), onupdate='CASCADE', ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'paper_id', 'tag_key', name=op.f('pk_library_tags'))
    )
    with op.batch_alter_table('library_tags', schema=None) as batch_op:
        batch_op.create_index('ix_library_tags_tag', ['account_id', 'tag_key', 'paper_id'], unique=False)



def downgrade() -> None:
    raise NotImplementedError('libraries are not thrown away; restore a backup instead')
