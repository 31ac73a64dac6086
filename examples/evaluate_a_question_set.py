"""Measure the answers to a question set: ``python examples/evaluate_a_question_set.py seeds 10``."""

import sys

from qa import Footnote
from qa.evaluation.report import as_lines


def main(question_set: str, sample: str) -> None:
    """Print every measure over a sample of the questions."""
    with Footnote() as footnote:
        print(as_lines(footnote.evaluate(question_set, sample=int(sample))))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python examples/evaluate_a_question_set.py SET SAMPLE")
    main(*sys.argv[1:])
