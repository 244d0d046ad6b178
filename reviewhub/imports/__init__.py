"""Records from outside: one module per format, and the runs that take files in."""
