"""The search index on an OpenSearch cluster, spoken to over HTTP.

What a text becomes is decided here and not in the cluster: terms are sent as `analysis` makes them, so that both engines find alike. An alias
names the live index; a rebuild fills another one and moves the alias. Writers take turns by documents of a small index beside them.
"""

from .index import NAME, OpenSearchIndex

__all__ = ["NAME", "OpenSearchIndex"]
