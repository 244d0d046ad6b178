"""The search index in a folder, on Whoosh. The only package that knows Whoosh.

The folder holds one sub-folder per build of the index and a file `current` that names the live one. A rebuild makes another and then
replaces `current`, so readers go over from one search to the next. Writers take turns by a file lock that the system drops when a process
dies; a commit is one rename, so that a process killed at any moment leaves the state before or after.
"""

from .builds import WhooshIndex

__all__ = ["WhooshIndex"]
