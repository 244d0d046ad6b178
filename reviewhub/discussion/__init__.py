"""What readers say about papers and reviews: threads of comments two levels deep, names and pseudonyms, helpful votes."""
