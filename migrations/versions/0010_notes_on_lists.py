"""notes on lists

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows that are here get an empty note; from then on the code says it.
    with op.batch_alter_table('reading_list_items', schema=None) as batch_op:
        batch_op.add_column(sa.Column('note', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('reading_list_items', schema=None) as batch_op:
        batch_op.alter_column('note', server_default=None)
    op.create_index('ix_library_items_state', 'library_items', ['account_id', 'state', 'saved_at', 'paper_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_library_items_state', table_name='library_items')
    with op.batch_alter_table('reading_list_items', schema=None) as batch_op:
        batch_op.drop_column('note')
