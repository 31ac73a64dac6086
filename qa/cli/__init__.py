"""The command line: one module for each command."""

from qa.cli.app import app

from qa.cli import index, ask, evaluate, calibrate, support, show, users, config, models  # isort: skip  # in the order of --help

__all__ = ["app", "ask", "calibrate", "config", "evaluate", "index", "models", "show", "support", "users"]
