"""Language models of this computer: which there are, which one is used, and running one from a file."""
