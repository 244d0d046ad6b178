"""What to read next: papers related to a paper, and papers for a reader, each with its reason."""
