"""Answers that a language model writes: read, attributed to the sources' words, and checked."""
