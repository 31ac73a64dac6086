"""Readers in the folder layout of Hugging Face: converted once, and read like the built-in one."""

import json
import shutil
from typing import Any

import pytest

from index.errors import FootnoteError, ModelDamaged
from qa.answering.readers.calibration import Calibration
from qa.answering.readers.cross_encoder import CrossEncoderReader
from qa.answering.readers.hugging_face import DEFAULT_CALIBRATION, HuggingFaceReader
from tests.fakes.hugging_face import save_built_in_reader, save_tiny_model
from tests.fakes.passages import document, passage

LAKE = (
    "The lake lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller. "
    "The Aare, the Lutschine and the Simme flow into it. No boat may use it at night."
)
KINDS: dict[str, dict[str, Any]] = {
    "bert": {},
    "roberta": {"type_vocab_size": 1},
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0},
    "modernbert": {"cls_token_id": 101, "sep_token_id": 102, "bos_token_id": 101, "eos_token_id": 102},
}


def reader_of(folder, tmp_path) -> HuggingFaceReader:
    return HuggingFaceReader(folder, cache_dir=tmp_path / "cache", calibration_dir=tmp_path / "calibrations")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_is_converted(tmp_path, kind):
    """Its logits are those of the model itself, for padded rows, too."""
    import torch
    from transformers import AutoModelForQuestionAnswering

    folder = save_tiny_model(tmp_path / kind, kind, **KINDS[kind])
    reader = reader_of(folder, tmp_path)
    scored = reader.score("Who mapped the lake?", [passage(document(LAKE)), passage(document("Short."))])
    model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()
    for one in scored:
        (window,) = reader._windows("Who mapped the lake?", [one.passage])
        encoded = window.encoding
        types = {"token_type_ids": torch.tensor([encoded.type_ids])} if kind == "bert" else {}
        with torch.no_grad():
            output = model(input_ids=torch.tensor([encoded.ids]), **types)
        starts, ends = output.start_logits[0], output.end_logits[0]
        no_answer = float(starts[0] + ends[0])
        pairs = [
            float(starts[a] + ends[b]) - no_answer
            for a in range(window.first, window.end)
            for b in range(a, min(a + 30, window.end))
        ]

        assert max(pairs) == pytest.approx(one.has_answer_logit, abs=1e-4)


def test_the_built_in_weights_read_alike_as_a_folder(tmp_path):
    """The same weights find the same words, apart from the rounding to 8 bits."""
    reader, built_in = reader_of(save_built_in_reader(tmp_path / "model"), tmp_path), CrossEncoderReader()
    for question in ("Who mapped the lake first?", "When was the lake mapped?", "How high is the lake?"):
        part = [passage(document(LAKE))]
        (ours,), (theirs,) = built_in.score(question, part), reader.score(question, part)

        assert ours.candidates[0].answer == theirs.candidates[0].answer
        assert abs(ours.candidates[0].margin - theirs.candidates[0].margin) < 2


def test_a_model_is_converted_only_once(tiny, tmp_path, caplog):
    """The second reader of the same model takes the converted files."""
    for _ in range(2):
        reader_of(tiny, tmp_path).read("Who?", [passage(document(LAKE))])

    assert [f"Converting the reader in {tiny}. This is done once."] == caplog.messages


def test_a_changed_model_is_converted_again(tiny, tmp_path, caplog):
    """Its files are hashed."""
    folder = shutil.copytree(tiny, tmp_path / "model")
    reader_of(folder, tmp_path).read("Who?", [passage(document(LAKE))])
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 1e-3}))
    reader_of(folder, tmp_path).read("Who?", [passage(document(LAKE))])

    assert 2 == len(caplog.messages)


def test_damaged_converted_files_are_refused(tiny, tmp_path):
    """The message names the folder to delete."""
    reader_of(tiny, tmp_path).read("Who?", [passage(document(LAKE))])
    (weights,) = (tmp_path / "cache").rglob("reader.bin")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")

    with pytest.raises(ModelDamaged, match="Delete the folder"):
        reader_of(tiny, tmp_path).read("Who?", [passage(document(LAKE))])


def test_a_folder_without_a_model_is_refused(tmp_path):
    """Nothing is downloaded, and weights that must be unpickled aren't read."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickled")

    with pytest.raises(FootnoteError, match=r"Models are not downloaded; set reader"):
        reader_of(tmp_path, tmp_path)


def test_a_model_without_span_logits_is_refused(tmp_path):
    """An encoder alone would give random answers."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = save_tiny_model(tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("qa_outputs")}
    assert all(isinstance(value, torch.Tensor) for value in kept.values())
    save_file(kept, folder / "model.safetensors", {"format": "pt"})

    with pytest.raises(FootnoteError, match="is not a question-answering model"):
        reader_of(folder, tmp_path).read("Who?", [passage(document(LAKE))])
    assert [] == list((tmp_path / "cache").iterdir())


def test_damaged_weights_are_reported_in_one_line(tiny, tmp_path):
    """The errors of the libraries are of many kinds."""
    folder = shutil.copytree(tiny, tmp_path / "model")
    (folder / "model.safetensors").write_bytes(b"not safetensors")

    with pytest.raises(FootnoteError, match=r"^The reader in [^\n]+ can't be converted: [^\n]+$"):
        reader_of(folder, tmp_path).read("Who?", [passage(document(LAKE))])


def test_a_calibration_is_used_by_later_readers(tiny, tmp_path):
    """It belongs to the model's files, not to the folder's name."""
    reader = reader_of(tiny, tmp_path)
    assert reader.calibration == DEFAULT_CALIBRATION
    fitted = Calibration(bias=-1.0, margin=0.2, here=0.0, similarity=1.5)
    reader.write_calibration(fitted)

    moved = shutil.copytree(tiny, tmp_path / "moved")
    assert [fitted, fitted] == [reader.calibration, reader_of(moved, tmp_path).calibration]


def test_a_long_question_is_cut(tiny, tmp_path):
    """Otherwise no room would be left for the passage."""
    (reading,) = reader_of(tiny, tmp_path).read("lake " * 3000, [passage(document(LAKE))])

    assert reading.quotes
