"""Who is behind a printed name: profiles, claims of authorship and their evidence, disputes, merges."""
