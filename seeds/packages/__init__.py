"""Question sets over documents that come from packages of PyPI, Debian and npm."""
