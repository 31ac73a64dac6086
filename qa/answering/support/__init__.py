"""The support check: whether the cited words say what a sentence says, and which words those are."""
