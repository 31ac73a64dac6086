"""The order of passages by weighted evidence."""

from training.eval_ranking import Ranked, table

# The reader is sure of the second document, retrieval likes the first a little more; "c" was not read.
ASKED = Ranked(("a", "b", "c"), ((1.0, 0.0, 1.0), (5.0, 1.0, 0.9)), {"b": 1})


def test_the_weights_decide_the_order():
    """nDCG is 0.63 with the relevant document second and 1 with it first."""
    assert round(ASKED.ndcg(here=1, retrieval=1), 2) == 1
    assert round(ASKED.ndcg(here=0, retrieval=1000), 2) == 0.63


def test_unread_passages_rank_below():
    """No weights change that."""
    unread = Ranked(("a", "b", "c"), ASKED.read, {"c": 1})

    assert unread.ndcg(0, 0) == unread.ndcg(4, 100) == 0.5


def test_the_table_has_retrieval_alone_and_the_best_weights():
    """Both are reported on both halves."""
    lines = table([ASKED, ASKED]).splitlines()

    assert lines[0] == "retrieval alone 0.631 0.631"
    assert lines[1].endswith("1.000 1.000")
