"""Weights taken back out of the folder they are served from."""

import pytest

from qa.answering.readers.cross_encoder import WEIGHTS
from training.evaluate import EvalQuestion, predict
from training.model import network, save_weights
from training.restore_from_ir import restored

ASKED = [
    EvalQuestion(
        "Who repaired the clock?", "The clock stopped in May. Miss Adler of Bern repaired it twice.", ()
    ),
    EvalQuestion("How deep is the harbour?", "The harbour is 14 metres deep and closes at nine.", ()),
    EvalQuestion("What does the ticket cost?", "Cats sleep for most of the day. Dogs do so too.", ()),
]


def test_restored_weights_read_like_the_exported_ones(tmp_path):
    """They find the same words, and the scores differ only by the rounding of 8-bit activations."""
    save_weights(restored(WEIGHTS), tmp_path / "reader.safetensors")
    served, ours = (predict(network(each), ASKED) for each in (WEIGHTS, tmp_path / "reader.safetensors"))

    assert [each.answer for each in ours] == [each.answer for each in served]
    assert ours[1].answer == "14 metres"
    assert [each.here for each in ours] == pytest.approx([each.here for each in served], abs=1.0)
    assert [each.margin for each in ours] == pytest.approx([each.margin for each in served], abs=2.5)
