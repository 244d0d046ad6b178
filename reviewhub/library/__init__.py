"""What a reader keeps: papers with tags, private notes and how far they have read; lists of papers for others to see."""
