"""Finding papers by what a reader remembers.

Doors call `queries.find(settings, session, text, …)` and get paper ids in order; they load the rows themselves.
Keepers' commands and the start of a site call `services.prepare`, `services.rebuild` and `services.check`.
The worker keeps the index fresh through `handlers.SUBSCRIPTIONS`. The database is the truth; the index can be deleted at any time.
"""
