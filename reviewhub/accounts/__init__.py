"""Who has an account: passwords, sessions, roles, tokens that prove an address."""
