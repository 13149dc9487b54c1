"""Keys of organisations with their lives, and every version of the documents that list them.

An organisation of before had one key, the one its DID document lists, and one version of that document. Old code goes
on beside new code until a key is rotated.
"""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the two tables, and fill them from what the documents say."""
    keys = op.create_table(
        "keys",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("multikey", sa.Text(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("announced", INSTANT, nullable=False),
        sa.Column("current", INSTANT, nullable=True),
        sa.Column("retiring", INSTANT, nullable=True),
        sa.Column("retired", INSTANT, nullable=True),
        sa.Column("revoked", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name="fk_keys_organisation"),
        sa.PrimaryKeyConstraint("row", name="pk_keys"),
        sa.UniqueConstraint("organisation", "label", name="uq_keys_organisation_label"),
        sa.UniqueConstraint("multikey", name="uq_keys_multikey"),
    )
    op.create_index("ix_keys_settled", "keys", ["settled"])
    signs = sa.text("held AND state = 'current'")
    op.create_index(
        "ux_keys_organisation", "keys", ["organisation"], unique=True, sqlite_where=signs, postgresql_where=signs
    )
    versions = op.create_table(
        "document_versions",
        sa.Column("row", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("archived", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("row", name="pk_document_versions"),
        sa.UniqueConstraint("id", "digest", name="uq_document_versions_id_digest"),
    )
    _fill(keys, versions)


def _fill(keys: sa.Table, versions: sa.Table) -> None:
    """One key and one version for each organisation, as its document says; documents are canonical JSON."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT o.id, o.did, o.created, d.content, d.updated FROM organisations o JOIN documents d ON d.id = o.did"
            " ORDER BY o.row"
        ).columns(created=INSTANT, updated=INSTANT, content=sa.LargeBinary())
    )
    for organisation, did, created, content, updated in list(found):
        multikey = json.loads(content)["verificationMethod"][0]["publicKeyMultibase"]
        values = {"organisation": organisation, "label": "1", "multikey": multikey, "held": True, "settled": True}
        op.get_bind().execute(
            sa.insert(keys).values({**values, "state": "current", "announced": created, "current": created})
        )
        digest = hashlib.sha256(content).digest()
        op.get_bind().execute(sa.insert(versions).values(id=did, digest=digest, content=content, archived=updated))
