"""Index a folder and ask one question: ``python examples/ask_a_folder.py FOLDER QUESTION``."""

import sys
import tempfile

from qa import Footnote


def main(folder: str, question: str) -> None:
    """Print the answer with the words that it rests on."""
    with tempfile.TemporaryDirectory() as index_dir, Footnote(index_dir) as footnote:
        built = footnote.add([folder])
        print(f"{built.documents} documents, {len(built.skipped)} files skipped")
        answer = footnote.ask(question)
        if answer.refused:
            print(answer.reason)
            return
        print(answer.text)
        for note in answer.footnotes:
            print(f"[{note.marker}] {note.title}: “{note.cited_text}”")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python examples/ask_a_folder.py FOLDER QUESTION")
    main(*sys.argv[1:])
