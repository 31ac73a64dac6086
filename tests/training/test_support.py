"""Training of the support check: pairs by rule, right labels, and a run that learns and goes on."""

import json
import random
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from index.inference import load_tokenizer
from qa.answering.support.selection import select_sentences
from qa.evaluation.support import SupportPair
from qa.records import SupportState
from training.model import base_folder
from training.support_data import (
    TrainingPair,
    altered,
    balanced,
    cut,
    of_answers,
    of_sentences,
    reworded,
    statement_of,
)
from training.support_train import (
    LABELS,
    WINDOW,
    SupportNetwork,
    balanced_accuracies,
    encode,
    new_run,
    restore,
    right_labels,
    save,
    separated,
    take_step,
    train,
)

LAKE = "The lake was first mapped in 1887 by Anna Keller. It lies 1,240 metres above the sea."


@pytest.mark.parametrize(
    ("question", "answer", "statement"),
    [
        ("Who mapped the lake first?", "Anna Keller", "Anna Keller mapped the lake first."),
        ("When was the lake mapped?", "1887", "The lake was mapped 1887."),
        ("What is the highest lake?", "Lake Orin", "The highest lake is Lake Orin."),
        ("Where did Anna Keller live?", "in Thun", "Anna Keller live in Thun."),
        ("Is it deep?", "yes", None),
    ],
)
def test_a_question_and_its_answer_become_a_statement(question, answer, statement):
    """The grammar may suffer; the words are there."""
    assert statement_of(question, answer) == statement


def test_a_changed_statement_is_no_longer_supported():
    """Only supported pairs are changed."""
    claim = "The lake was first mapped in 1887."
    pairs = [
        TrainingPair("s", f"{LAKE} The mill closed in 1920.", claim, SupportState.SUPPORTED),
        TrainingPair("s", LAKE, claim, SupportState.UNSUPPORTED),
    ]
    (changed,) = altered(pairs, random.Random(1))

    assert changed.claim != claim
    assert changed.label is not SupportState.SUPPORTED


def test_answers_give_supported_and_unsupported_statements():
    """The other answer and the other passage are of the same article."""
    rows = [
        {
            "title": "Orin",
            "context": LAKE,
            "question": "Who mapped the lake?",
            "answers": [{"text": "Anna Keller"}],
        },
        {
            "title": "Orin",
            "context": "Jo Bell built the mill.",
            "question": "Who built the mill?",
            "answers": [{"text": "Jo Bell"}],
        },
    ]
    labels = {(pair.premise, pair.claim): pair.label for pair in of_answers(rows * 5, random.Random(1))}

    assert labels[LAKE, "Anna Keller mapped the lake."] is SupportState.SUPPORTED
    assert labels[LAKE, "Jo Bell mapped the lake."] is SupportState.UNSUPPORTED
    assert labels["Jo Bell built the mill.", "Anna Keller mapped the lake."] is SupportState.UNSUPPORTED


def test_a_long_source_is_cut_to_the_nearest_sentences():
    """They stay in the order of the text."""
    long = " ".join(f"Sentence number {n} is about bread." for n in range(60))
    text = f"{long} The lake was first mapped in 1887. It is deep. {long}"
    claim = "The lake was mapped."
    pair = SupportPair(id="1", source="s", premise=text, claim=claim, label=SupportState.SUPPORTED)

    assert "The lake was first mapped in 1887. It is deep." in cut(pair).premise
    assert len(select_sentences(text, claim, 20).split()) <= 20
    assert select_sentences(LAKE, "anything", 100) == LAKE


def test_unsupported_may_mean_contradicted():
    """Except where a rule made the pair."""
    pair = TrainingPair("s", LAKE, "It is deep.", SupportState.UNSUPPORTED)
    exact = TrainingPair("s", LAKE, "It is deep.", SupportState.UNSUPPORTED, is_exact=True)

    assert [label.value for label, right in zip(LABELS, right_labels(pair), strict=True) if right] == [
        "unsupported",
        "contradicted",
    ]
    assert 1 == sum(right_labels(exact))


def test_the_rarer_label_is_repeated():
    """At most three times, as is a source that has few."""
    pairs = [TrainingPair("s", LAKE, str(n), SupportState.UNSUPPORTED) for n in range(9)]
    pairs += [TrainingPair("s", LAKE, f"x{n}", SupportState.SUPPORTED) for n in range(2)]
    chosen = balanced(pairs, random.Random(1))

    assert 6 == sum(pair.label is SupportState.SUPPORTED for pair in chosen)
    assert 27 == sum(pair.label is not SupportState.SUPPORTED for pair in chosen)


def test_sentences_are_supported_by_their_own_passage():
    """Not by another one of the article, and not once a number or name is changed."""
    other = "The mill was built by Jo Bell in 1920 and still stands by the river."
    rows = [{"title": "Orin", "context": context} for context in (LAKE, other)]
    pairs = list(of_sentences(rows, random.Random(1)))

    assert {pair.source for pair in pairs} == {"sentences"}
    assert all(
        (pair.claim in pair.premise) is (pair.label is SupportState.SUPPORTED)
        for pair in pairs
        if reworded(pair.claim, random.Random(1)) == pair.claim
    )
    assert len({pair.document for pair in pairs}) == 2


@pytest.mark.parametrize(
    ("sentence", "shorter"),
    [
        ("The lake (Lai d'Orin) is very deep.", "The lake is very deep."),
        ("In 1887, the lake was mapped by her.", "The lake was mapped by her."),
        ("The lake, which is deep, was mapped.", "The lake was mapped."),
        ("The lake did not freeze.", "The lake didn't freeze."),
    ],
)
def test_a_reworded_sentence_says_no_more(sentence, shorter):
    """Parts are left out, and words stand for others."""
    assert shorter in {reworded(sentence, random.Random(seed)) for seed in range(60)}


def test_pairs_are_neither_padded_nor_cut_by_the_tokenizer():
    """Its file asks for 128 word pieces of every text, which only suits the embedder."""
    tokenizer = load_tokenizer((base_folder() / "tokenizer.json").read_bytes())
    short = encode(tokenizer, TrainingPair("s", LAKE, "It is deep.", SupportState.SUPPORTED))
    long = encode(tokenizer, TrainingPair("s", 30 * LAKE, "It is deep.", SupportState.SUPPORTED))

    assert 0 not in short.pieces
    assert len(long.pieces) == WINDOW


def test_documents_are_held_out_as_a_whole(pairs):
    """So that no report is about a text that was trained on."""
    documents = [replace(each, pair=replace(each.pair, document=at % 24)) for at, each in enumerate(pairs)]
    held_out, training = separated(documents)

    assert {each.pair.document for each in held_out} == {0, 12}
    assert len(held_out) + len(training) == len(documents)
    assert not {each.pair.document for each in training} & {0, 12}


@pytest.fixture
def thin(tmp_path):
    """A network of the same make with two thin layers."""
    config = json.loads((base_folder() / "config.json").read_text())
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    (tmp_path / "config.json").write_text(json.dumps(config | small))
    torch.manual_seed(0)
    return SupportNetwork(tmp_path, dropout=0.0)


@pytest.fixture(scope="module")
def pairs():
    tokenizer = load_tokenizer((base_folder() / "tokenizer.json").read_bytes())
    made = []
    for number in range(30):
        claim = f"The lake number {number} is {'deep' if number % 2 else 'shallow'}."
        label = SupportState.SUPPORTED if number % 2 else SupportState.CONTRADICTED
        made.append(encode(tokenizer, TrainingPair("s", "The lake is deep.", claim, label)))
    return made


def test_a_run_learns_and_goes_on_where_it_stopped(thin, pairs, tmp_path):
    """It tells deep from shallow, and a restored run has the same weights and step."""
    run = new_run(thin)
    losses = [take_step(run, pairs, 3e-3) for _ in range(40)]
    assert losses[-1] < losses[0] / 4
    assert balanced_accuracies(thin, pairs) == {"s": 1.0}

    save(run, tmp_path)
    other = new_run(SupportNetwork(tmp_path, dropout=0.0))
    restore(other, tmp_path)
    assert other.step == run.step
    assert all(torch.equal(a, b) for a, b in zip(other.network.parameters(), thin.parameters(), strict=True))


def test_a_run_ends_when_its_time_is_over(thin, pairs, tmp_path):
    """The weights are saved."""
    run = new_run(thin)
    run.seconds = 60.0
    train(run, pairs, pairs, SimpleNamespace(tokens=640, seed=1, minutes=1, rate=1e-3, out=tmp_path))

    assert (tmp_path / "support.safetensors").exists()
    assert run.step == 0
