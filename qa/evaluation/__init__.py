"""
The batch evaluation: a question set in, a table of measures out.

The front is :func:`evaluate`; :mod:`~qa.evaluation.report` shows and stores what it returns.
"""

from qa.evaluation.everyday import evaluate_everyday, is_everyday_set, summarise
from qa.evaluation.gold import Question, QuestionSet, load
from qa.evaluation.run import Evaluation, Result, evaluate, prepare, run

__all__ = [
    "Evaluation",
    "Question",
    "QuestionSet",
    "Result",
    "evaluate",
    "evaluate_everyday",
    "is_everyday_set",
    "load",
    "prepare",
    "run",
    "summarise",
]
