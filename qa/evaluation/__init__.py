"""
The batch evaluation: a question set in, a table of measures out.

The front is :func:`evaluate`; :mod:`~qa.evaluation.report` shows and stores what it returns.
"""

from qa.evaluation.gold import Question, QuestionSet, load
from qa.evaluation.run import Evaluation, Result, evaluate, prepare, run

__all__ = ["Evaluation", "Question", "QuestionSet", "Result", "evaluate", "load", "prepare", "run"]
