"""Question-answering models in the folder layout of Hugging Face."""

import json
from pathlib import Path
from typing import Any

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 37,
    "max_position_embeddings": 64,
}
"""A model that is built in a moment; its weights are random."""


def save_tiny_model(folder: Path, kind: str = "bert", **config: Any) -> Path:
    """Save a model with random weights and with the tokenizer of the built-in reader."""
    import torch
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    tokenizer = save_tokenizer(folder)
    torch.manual_seed(1)
    fields = TINY | {"vocab_size": tokenizer.get_vocab_size(), "pad_token_id": 0} | config
    model = AutoModelForQuestionAnswering.from_config(AutoConfig.for_model(kind, **fields))
    model.save_pretrained(folder)
    return folder


def save_tokenizer(folder: Path) -> Any:
    """Save the built-in reader's tokenizer, with its template for pairs."""
    from tokenizers import Tokenizer

    from qa.answering.readers.cross_encoder import WEIGHTS

    tokenizer = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return tokenizer


def save_built_in_reader(folder: Path) -> Path:
    """Save the weights of the built-in reader as a model for question answering."""
    import torch
    from transformers import AutoConfig, BertForQuestionAnswering

    from qa.answering.readers.cross_encoder import WEIGHTS
    from training.model import base_folder
    from training.restore_from_ir import restored

    save_tokenizer(folder)
    weights = restored(WEIGHTS)
    model = BertForQuestionAnswering(AutoConfig.from_pretrained(base_folder()))
    names = {name.replace("encoder.", "bert.", 1): name for name in weights if name.startswith("encoder.")}
    state = {name: weights[old].float() for name, old in names.items()}
    state |= {f"qa_outputs.{part}": weights[f"span.{part}"].float() for part in ("weight", "bias")}
    with torch.no_grad():
        missing = model.load_state_dict(state, strict=False)
    assert not missing.unexpected_keys, missing
    model.save_pretrained(folder)
    return folder
