"""weekly mail of papers; papers by how much is said of them

Revision: 0009, after 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('reader_tastes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mail_due_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_reader_tastes_mail_due_at'), ['mail_due_at'], unique=False)
    with op.batch_alter_table('discussions', schema=None) as batch_op:
        batch_op.create_index('ix_discussions_most', ['n_comments', 'paper_id'], unique=False)
    op.create_table('mailed_papers',
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_mailed_papers_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['paper_id'], ['papers.id'], name=op.f('fk_mailed_papers_paper_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'paper_id', name=op.f('pk_mailed_papers'))
    )
    with op.batch_alter_table('mailed_papers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mailed_papers_paper_id'), ['paper_id'], unique=False)


def downgrade() -> None:
    op.drop_table('mailed_papers')
    with op.batch_alter_table('discussions', schema=None) as batch_op:
        batch_op.drop_index('ix_discussions_most')
    with op.batch_alter_table('reader_tastes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reader_tastes_mail_due_at'))
        batch_op.drop_column('mail_due_at')
