"""
The batch evaluation: a question set in, a table of measures out.

The front is :func:`evaluate`; :mod:`~qa.evaluation.report` shows and stores what it returns.
"""

from qa.evaluation.everyday import evaluate_everyday, is_everyday_set, summarise
from qa.evaluation.question_set import Question, QuestionSet, load_question_set, unpacked
from qa.evaluation.runner import Evaluation, Result, build_question_set_index, evaluate, run_questions

__all__ = [
    "Evaluation",
    "Question",
    "QuestionSet",
    "Result",
    "build_question_set_index",
    "evaluate",
    "evaluate_everyday",
    "is_everyday_set",
    "load_question_set",
    "run_questions",
    "summarise",
    "unpacked",
]
