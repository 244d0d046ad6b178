"""Reports and what is decided on them, and the public log that nobody can shorten unnoticed."""
