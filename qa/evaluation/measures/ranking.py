"""The ranking of documents that an answer's passages imply."""

from qa.records import Answer


def documents(answer: Answer) -> list[str]:
    """
    Documents by their best passage, best first.

    The answer's passages are all that was retrieved and read, so the ranking is as deep as they are: with ten
    passages, of which several come from one document, it holds fewer than ten documents, and what it leaves
    out counts as not found.
    """
    return list(dict.fromkeys(passage.span.doc_id for passage in answer.passages))
