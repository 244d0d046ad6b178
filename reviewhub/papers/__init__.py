"""The scholarly record: papers, printed authors, journals, keywords, funding, identifiers, notices, versions."""
