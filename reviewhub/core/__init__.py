"""The ground: database, jobs, text, errors, actor, clock. Knows no word of any domain."""
