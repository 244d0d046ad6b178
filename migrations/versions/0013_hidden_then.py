"""whether a review was hidden when its rating was given, changed or withdrawn

Revision: 0013, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was withdrawn before is taken as not hidden: nobody knows any more.
    with op.batch_alter_table('rating_versions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_hidden', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('rating_versions', schema=None) as batch_op:
        batch_op.alter_column('is_hidden', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('rating_versions', schema=None) as batch_op:
        batch_op.drop_column('is_hidden')
