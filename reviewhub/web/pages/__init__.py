"""What a page needs from several domains, gathered once."""
