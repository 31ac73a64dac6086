"""Measuring the support check: pairs in, balanced accuracy by source out."""

import gzip
import json

import pytest

from qa.answering.support.rules import RuleSupportCheck
from qa.errors import InvalidQuestionSet
from qa.evaluation.support import (
    JudgedPair,
    SupportPair,
    as_json,
    as_lines,
    evaluate_support,
    figures,
    load_pairs,
)
from qa.records import SupportState

LAKE = "The lake lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller."


def pair(claim: str, label: str, source: str = "lakes", number: int = 0) -> SupportPair:
    return SupportPair(
        id=f"{source}_{number}", source=source, premise=LAKE, claim=claim, label=SupportState(label)
    )


def judged(response: str, label: str, state: str) -> JudgedPair:
    made = SupportPair(id=f"{response}_0", source="s", premise="", claim="", label=SupportState(label))
    return JudgedPair(made, SupportState(state), 0.0)


def test_the_figures_equal_those_computed_by_hand():
    """Two of three supported pairs and one of two others are right; one of two bad responses is found."""
    rows = [
        judged("a", "supported", "supported"),
        judged("a", "supported", "not_needed"),
        judged("b", "supported", "partly"),
        judged("c", "partly", "contradicted"),
        judged("d", "contradicted", "supported"),
    ]
    found = figures(rows)

    assert found.pairs == 5
    assert found.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert found.response_f1 == pytest.approx(2 * 1 / (2 + 2))


def test_a_source_with_one_label_has_no_balanced_accuracy():
    """The mean is over the sources that have one."""
    assert figures([judged("a", "supported", "supported")]).balanced_accuracy is None


def test_statements_are_judged_like_an_answer():
    """The words are looked for in the premise, and another number contradicts it."""
    pairs = [
        pair("Anna Keller first mapped the lake in 1887.", "supported"),
        pair("Anna Keller first mapped the lake in 1920.", "contradicted"),
    ]
    evaluation = evaluate_support(pairs, RuleSupportCheck(), lambda step: None)

    assert as_json(evaluation)["sources"]["lakes"]["balanced_accuracy"] == 1
    assert evaluation.mean == 1
    assert as_lines(evaluation).startswith("lakes\t2 pairs\tbalanced accuracy 1.000")


def test_pairs_are_read_from_plain_and_gzipped_files(tmp_path):
    """Fields that aren't needed are ignored."""
    line = json.dumps(pair("It is deep.", "unsupported").model_dump(mode="json") | {"original_label": "0"})
    (tmp_path / "a.jsonl").write_text(f"{line}\n\n")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(line.encode()))

    assert 2 == len(load_pairs([tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"]))


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "The files have no pairs"), ('{"id": "1"}', r"a\.jsonl, line 1: source: Field required")],
)
def test_a_file_without_pairs_is_refused(tmp_path, content, message):
    """The message names the line."""
    (tmp_path / "a.jsonl").write_text(content)

    with pytest.raises(InvalidQuestionSet, match=message):
        load_pairs([tmp_path / "a.jsonl"])
