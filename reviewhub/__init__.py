"""A site where people rate and discuss scholarly papers, in English and Chinese."""
