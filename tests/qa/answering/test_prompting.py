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


def test_the_prompt_holds_the_numbered_passages_and_the_question():
    """The part of the prompt that changes, as a whole."""
    line = fence(["Where?", "Birds", "It flew north.", "Fish", "It swam south."])

    assert answer_prompt("Where?", PASSAGES).endswith(
        f"Passage [1]\n{line}\nBirds\nIt flew north.\n{line}\n\n"
        f"Passage [2]\n{line}\nFish\nIt swam south.\n{line}\n\n"
        "Question: Where?\nAnswer:"
    )


@given(st.lists(st.text(), min_size=1))
def test_hyp_a_fence_stands_in_none_of_its_texts(texts):
    """Whatever the texts hold, their fence for these texts included."""
    hostile = [*texts, fence(texts)]

    assert not any(fence(hostile) in text for text in hostile)
    assert fence(hostile) == fence(hostile)


@given(st.lists(st.text(), min_size=1, max_size=4), st.text())
def test_hyp_a_passage_cannot_end_its_own_fence(texts, question):
    """Between the fences stand exactly the passages, also when one guesses at the fence."""
    guessed = fence([question, *texts])
    passages = [document_passage(text + guessed, "Title") for text in texts]
    line = fence([question, *(part for each in passages for part in (each.title, each.text))])
    parts = answer_prompt(question, passages).split(line)

    assert [f"\nTitle\n{each.text}\n" for each in passages] == parts[2::2]


def test_a_passage_is_no_template():
    """Braces in a document, or in a question, are words."""
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
    """A message for whoever edited the prompt: the file, and the field that isn't there."""
    path = tmp_path / "answer.txt"
    path.write_text(template)

    with pytest.raises(InvalidPrompt, match=rf"answer\.txt.*{fault}"):
        fill(path, question="Where?")


def test_a_missing_prompt_is_named(tmp_path: Path):
    """One line, with the path."""
    with pytest.raises(InvalidPrompt, match=r"answer\.txt can't be read"):
        fill(tmp_path / "answer.txt")


def test_special_tokens_in_a_document_are_plain_text():
    """Counting them raises nothing, and they count for more than one."""
    assert token_budget.count_tokens("<|endoftext|>") > 1


def test_the_budget_goes_to_the_best_passages():
    """In their order; one that is too long is left out, the next that fits is taken."""
    long = document_passage("word " * 500)
    budget = sum(
        token_budget.count_tokens(each.title) + token_budget.count_tokens(each.text) for each in PASSAGES
    )

    assert token_budget.within_budget([PASSAGES[0], long, PASSAGES[1]], budget) == PASSAGES
    assert token_budget.within_budget([*PASSAGES, long], budget - 1) == PASSAGES[:1]
