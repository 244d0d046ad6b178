"""page changes

Revision: 0008, after 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('page_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('paper_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_changes'))
    )
    with op.batch_alter_table('page_changes', schema=None) as batch_op:
        batch_op.create_index('ix_page_changes_paper', ['paper_id', 'id'], unique=False)


def downgrade() -> None:
    op.drop_table('page_changes')
