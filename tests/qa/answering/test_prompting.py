"""Prompts: what is filled in, what is missing, and that a passage stays inside its fence."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering import token_budget
from qa.answering.prompting import answer_prompt, fence, fill
from qa.errors import InvalidPrompt
from tests.fakes.answers import document_passage

PASSAGES = [document_passage("It flew north.", "Birds"), document_passage("It swam south.", "Fish")]


def test_the_prompt_has_numbered_passages_and_the_question():
    """The whole variable part of the prompt is compared."""
    line = fence(["Where?", "Birds", "It flew north.", "Fish", "It swam south."])

    assert answer_prompt("Where?", PASSAGES).endswith(
        f"Passage [1]\n{line}\nBirds\nIt flew north.\n{line}\n\n"
        f"Passage [2]\n{line}\nFish\nIt swam south.\n{line}\n\n"
        "Question: Where?\nAnswer:"
    )


@given(st.lists(st.text(), min_size=1))
def test_hyp_no_text_contains_its_fence(texts):
    """Even texts that contain their fence get another one."""
    hostile = [*texts, fence(texts)]

    assert not any(fence(hostile) in text for text in hostile)
    assert fence(hostile) == fence(hostile)


@given(st.lists(st.text(), min_size=1, max_size=4), st.text())
def test_hyp_a_passage_cannot_end_its_own_fence(texts, question):
    """The text between the fences is exactly the passages, even if one guesses a fence."""
    guessed = fence([question, *texts])
    passages = [document_passage(text + guessed, "Title") for text in texts]
    line = fence([question, *(part for each in passages for part in (each.title, each.text))])
    parts = answer_prompt(question, passages).split(line)

    assert [f"\nTitle\n{each.text}\n" for each in passages] == parts[2::2]


def test_a_passage_is_not_a_template():
    """Braces in a document or a question are plain text."""
    prompt = answer_prompt("{{ question }}", [replace(PASSAGES[0], text="{% raw %}{{ fence }}")])

    assert "\n{% raw %}{{ fence }}\n" in prompt
    assert "Question: {{ question }}\n" in prompt


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        (
            "{{ question }} {{ colour }} {{ size }}",
            r"uses colour, size, which doesn't exist\. Available: question",
        ),
        ("{{ question.colour }}", "has no attribute 'colour'"),
        ("{% for %}", "is not a template"),
        ("{{ 1 + question }}", "is not a template: unsupported operand"),
    ],
)
def test_a_faulty_prompt_is_named(tmp_path: Path, template, fault):
    """The message names the file and the unknown field."""
    path = tmp_path / "answer.txt"
    path.write_text(template)

    with pytest.raises(InvalidPrompt, match=rf"answer\.txt.*{fault}"):
        fill(path, question="Where?")


def test_a_missing_prompt_is_named(tmp_path: Path):
    """The message is one line with the path."""
    with pytest.raises(InvalidPrompt, match=r"answer\.txt can't be read"):
        fill(tmp_path / "answer.txt")


def test_special_tokens_in_a_document_are_plain_text():
    """Counting them raises no error, and they count as several tokens."""
    assert token_budget.count_tokens("<|endoftext|>") > 1


def test_the_budget_goes_to_the_best_passages():
    """A passage that is too long is skipped, and the next one that fits is taken."""
    long = document_passage("word " * 500)
    budget = sum(
        token_budget.count_tokens(each.title) + token_budget.count_tokens(each.text) for each in PASSAGES
    )

    assert token_budget.within_budget([PASSAGES[0], long, PASSAGES[1]], budget) == PASSAGES
    assert token_budget.within_budget([*PASSAGES, long], budget - 1) == PASSAGES[:1]
