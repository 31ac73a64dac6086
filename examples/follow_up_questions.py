"""Hold a conversation: ``python examples/follow_up_questions.py FOLDER QUESTION FOLLOW_UP …``."""

import sys
import tempfile

from qa import Footnote, Turn


def main(folder: str, *questions: str) -> None:
    """Ask the questions one after the other, each with the turns before it."""
    history: list[Turn] = []
    with tempfile.TemporaryDirectory() as index_dir, Footnote(index_dir) as footnote:
        footnote.add([folder])
        for question in questions:
            answer = footnote.ask(question, history=history)
            if answer.standalone:
                print(f"(understood as: {answer.standalone})")
            print(answer.text or answer.reason)
            history.append(Turn(question, answer.text))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("Usage: python examples/follow_up_questions.py FOLDER QUESTION [FOLLOW_UP ...]")
    main(*sys.argv[1:])
