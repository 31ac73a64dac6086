"""Training: word pieces point at the answer, batches repeat, and a run goes on where it stopped."""

import json
import random
from dataclasses import replace

import pytest
import torch
from tokenizers import Tokenizer

from training.average import averaged
from training.data import Example, read_groups, write_groups
from training.model import WINDOW, Reader, base_folder, load_weights, save_weights
from training.train import (
    MASKED_LOGIT,
    Batch,
    Encoded,
    Encoder,
    batches,
    losses_of,
    new_run,
    restore,
    save,
    sentence_scores,
    take_step,
)


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.from_file(str(base_folder() / "tokenizer.json"))


@pytest.fixture
def small_reader(tmp_path):
    """A reader of the same make with two thin layers."""
    config = json.loads((base_folder() / "config.json").read_text())
    thin = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    (tmp_path / "config.json").write_text(json.dumps(config | thin))
    torch.manual_seed(0)
    return lambda: Reader(tmp_path)


def encoded(length: int, *, here: bool = True) -> Encoded:
    """Two sentences of a passage behind a question of two word pieces."""
    pieces = [101, *range(1000, 1000 + length - 2), 102]
    sentence = [0] * 4 + [1] * 8 + [2] * (length - 13) + [0]
    return Encoded(pieces, 4, [5 * here], [6 * here], float(here), sentence, [1 * here])


GROUPS = [
    [encoded(20 + 11 * (number % 13)), encoded(30, here=False)][: 1 + number % 2] for number in range(200)
]


@pytest.mark.parametrize("before", [0, 100, 400])
def test_the_target_pieces_are_the_answers_words(tokenizer, before):
    """This holds for a passage longer than the window, which is cut around the answer."""
    passage = "Nothing is said here. " * before + "The bell rang at noon. " + "Nothing more. " * 50
    start = passage.index("at noon")
    example = Example("When did the bell ring?", passage, here=True, span=(start, start + 7))

    row = Encoder(tokenizer, random.Random(0)).example(example)

    assert tokenizer.decode(row.pieces[row.starts[0] : row.ends[0] + 1]) == "at noon"
    assert len(row.pieces) <= WINDOW


def test_an_answer_without_annotated_words_has_no_targets(tokenizer):
    """The target is the first piece if the answer isn't here, and none if its words aren't annotated."""
    encoder = Encoder(tokenizer, random.Random(0))

    assert encoder.example(Example("Who?", "Nobody.", here=False)).starts == [0]
    assert encoder.example(Example("Who?", "Nobody.", here=True)).starts == []


def test_sentences_without_annotated_words_have_no_targets(tokenizer):
    """All sentences in the window still count as answering."""
    passage = "It rained. The rope was wet. Nobody rang. " + "Nothing more. " * 200
    start, end = passage.index("The rope"), passage.index("Nobody")
    example = Example("Why?", passage, here=True, evidence=((0, 10), (start, end - 1)))

    row = Encoder(tokenizer, random.Random(0)).example(example)

    assert (row.starts, row.ends) == ([], [])
    assert row.answering == [1, 2]
    assert "it rained. the rope was wet." in tokenizer.decode(row.pieces)


def test_annotated_words_are_in_the_window(tokenizer):
    """Another answering sentence may be cut off."""
    passage = "The bell is old. " + "Nothing more. " * 300 + "It rang at noon."
    start = passage.index("at noon")
    example = Example(
        "When?", passage, here=True, span=(start, start + 7), evidence=((0, 16), (start - 8, start + 8))
    )

    row = Encoder(tokenizer, random.Random(0)).example(example)

    assert tokenizer.decode(row.pieces[row.starts[0] : row.ends[0] + 1]) == "at noon"
    assert row.answering == [302]


def test_each_word_piece_has_its_sentence(tokenizer):
    """Pieces of the question and special tokens have none."""
    passage = "It rained. The bell rang at noon. Nothing more."
    row = Encoder(tokenizer, random.Random(0)).example(Example("When?", passage, here=False))
    sentences = [
        tokenizer.decode([piece for piece, at in zip(row.pieces, row.sentence, strict=True) if at == number])
        for number in (1, 2, 3)
    ]

    assert ["it rained.", "the bell rang at noon.", "nothing more."] == sentences
    assert [0] * row.question == row.sentence[: row.question]


def test_a_sentence_scores_the_mean_of_its_pieces():
    """The first piece is "no answer"; a sentence that the row lacks is masked."""
    inside = torch.tensor([[0.5, 9.0, 1.0, 3.0, 4.0], [0.25, 1.0, 1.0, 1.0, 9.0]])
    sentence = torch.tensor([[0, 0, 1, 1, 2], [0, 1, 1, 1, 0]])

    assert [[0.5, 2.0, 4.0], [0.25, 1.0, MASKED_LOGIT]] == sentence_scores(inside, sentence).tolist()


def test_batches_are_full_and_of_few_shapes():
    """Rows times length is the same for all batches of a length."""
    stream = batches(GROUPS, tokens=960, seed=1)
    shapes = {
        (batch.length, sum(map(len, batch.groups))) for batch, _ in zip(stream, range(200), strict=False)
    }

    assert shapes == {(96, 10), (128, 7), (160, 6)}


def test_the_first_batches_are_skipped():
    """A continued run gets the batches of an uninterrupted one."""
    whole = [batch for batch, _ in zip(batches(GROUPS, 960, seed=1), range(60), strict=False)]
    later = [batch for batch, _ in zip(batches(GROUPS, 960, seed=1, skip=40), range(20), strict=False)]

    assert later == whole[40:]


def test_a_continued_run_ends_like_an_uninterrupted_one(small_reader, tmp_path):
    """Weights, average, optimiser and position are all in the checkpoint."""
    stream = batches(GROUPS, 960, seed=1)
    first, second = next(stream), next(stream)
    run = new_run(small_reader())
    take_step(run, first, 1e-3)
    save(run, tmp_path)
    take_step(run, second, 1e-3)

    other = new_run(small_reader())
    restore(other, tmp_path)
    take_step(other, second, 1e-3)

    assert other.step == run.step == 2
    assert other.seen == run.seen
    for name, weight in run.reader.state_dict().items():
        assert torch.equal(weight, other.reader.state_dict()[name])
        assert torch.equal(run.average[name], other.average[name])


def test_training_lowers_the_loss(small_reader):
    """A few steps on one batch fit it better."""
    run, batch = new_run(small_reader()), next(batches(GROUPS, 960, seed=1))
    before = sum(loss.item() for loss in losses_of(run.reader, batch))
    for _ in range(8):
        take_step(run, batch, 3e-3)

    assert sum(loss.item() for loss in losses_of(run.reader, batch)) < 0.9 * before


def test_rows_without_targets_learn_from_a_teacher(small_reader):
    """The run's spans are closer to the teacher's, and the teacher doesn't change."""
    teacher, batch = small_reader().eval(), next(batches(GROUPS, 960, seed=1))
    unmarked = Batch(
        batch.length, [[replace(row, starts=[], ends=[]) for row in rows] for rows in batch.groups]
    )
    torch.nn.init.normal_(teacher.span.weight)
    kept = teacher.span.weight.clone()
    taught, alone = new_run(small_reader()), new_run(small_reader())
    taught.teacher = teacher
    for run in (taught, alone):
        for _ in range(20):
            take_step(run, unmarked, 3e-3)
    near, far = (losses_of(run.reader, unmarked, teacher)[0].item() for run in (taught, alone))

    assert losses_of(taught.reader, unmarked)[0] == 0
    assert near < 0.95 * far
    assert torch.equal(kept, teacher.span.weight)


def test_weights_round_trip(small_reader, tmp_path):
    """They are stored in half precision."""
    one, other = small_reader(), small_reader()
    save_weights(one.state_dict(), tmp_path / "weights.safetensors")
    load_weights(other, tmp_path / "weights.safetensors")

    assert torch.equal(other.span.weight, one.span.weight.half().float())


def test_an_average_is_the_mean():
    """Each of two runs counts half."""
    assert averaged([{"a": torch.tensor([1.0])}, {"a": torch.tensor([3.0])}])["a"].tolist() == [2.0]


def test_a_head_that_an_older_reader_lacks_is_not_averaged():
    """The other weights are averaged."""
    new, old = {"a": torch.tensor([1.0]), "head": torch.tensor([5.0])}, {"a": torch.tensor([3.0])}

    assert {"a": 2.0, "head": 5.0} == {name: weight.item() for name, weight in averaged([new, old]).items()}


def test_groups_round_trip(tmp_path):
    """Their spans and their order are the same."""
    groups = [
        (
            Example("Wer?", "Der Bär.", here=True, span=(4, 7), evidence=((0, 8),)),
            Example("Wer?", "Nichts.", here=False),
        )
    ]
    write_groups(tmp_path / "groups.jsonl.gz", groups)

    assert list(read_groups(tmp_path / "groups.jsonl.gz")) == groups
