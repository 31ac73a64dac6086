"""
Train the support check on prepared pairs for some time, from the reader's encoder, and export it.

Example::

    python -m training.support_train --mix support.jsonl.gz --start reader.safetensors --out run --minutes 40

On a machine that does other work besides, two processes of one thread each are twice as fast as two threads,
which wait for each other after every layer. They find each other by the variables of ``torch.distributed``::

    export WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29611
    for RANK in 1 0; do RANK=$RANK python -m training.support_train --threads 1 ... & done; wait

The network is the reader's encoder with one linear head of four logits: supported, partly, unsupported and
contradicted. Where a set doesn't tell "unsupported" from "contradicted", both count as right. The pairs of
one document in 12 are held out; each report has the balanced accuracy on some of them. The folder gets
``support.xml`` and ``support.bin`` with 8-bit weights, ``tokenizer.json``, ``manifest.json``, and a
checkpoint to go on from.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, distributed, nn
from transformers import AutoConfig, AutoModel

from index.inference import CLS_TOKEN, SEP_TOKEN, load_openvino, load_tokenizer
from qa.records import SupportState
from training.model import base_folder, faster_in_bf16, save_weights, use_threads
from training.support_data import TrainingPair, balanced, read_pairs

LABELS = (
    SupportState.SUPPORTED,
    SupportState.PARTLY,
    SupportState.UNSUPPORTED,
    SupportState.CONTRADICTED,
)
WINDOW = 288
MAX_CLAIM = 96
"""Maximum word pieces of a statement."""
WARM_UP = 60
CHECKPOINT = "checkpoint.pt"
HELD_OUT = 12
"""The pairs of one document in so many are held out."""
MAX_REPORTED = 40
"""Pairs of a source that a report is about."""
REPORT_SECONDS = 720
WORLD, RANK = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
"""Processes of a run, as torchrun starts them, and which of them this is."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
FILES = ("support.xml", "support.bin", "tokenizer.json")


class SupportNetwork(nn.Module):
    """
    The network that reads a statement and a source together.

    Args:
        base: Folder of the base model; only its configuration is used.
        dropout: Share of the hidden units that are dropped while training.
    """

    def __init__(self, base: Path, dropout: float = 0.1) -> None:
        super().__init__()
        config = AutoConfig.from_pretrained(base)
        config.hidden_dropout_prob, config.attention_probs_dropout_prob = dropout, 0.0
        self.encoder = AutoModel.from_config(  # type: ignore[no-untyped-call]
            config, attn_implementation="sdpa", add_pooling_layer=False
        )
        self.head = nn.Linear(config.hidden_size, len(LABELS))
        self.is_bf16 = False

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Return the logits of the four labels for each pair of a batch."""
        visible = attention_mask[:, None, None, :].bool()
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=visible, token_type_ids=token_type_ids
        ).last_hidden_state
        logits: Tensor = self.head(hidden[:, 0])
        return logits


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """A pair in word pieces, with the labels that count as right."""

    pieces: list[int]
    claim: int  # pieces before the source, special tokens included
    right: tuple[bool, ...]
    pair: TrainingPair


@dataclass(slots=True)
class SupportRun:
    """The state of a training run."""

    network: SupportNetwork
    optimiser: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mix", type=Path, required=True, help="pairs by training.support_data")
    parser.add_argument(
        "--start", type=Path, required=True, help="weights of a reader or of an earlier run (safetensors)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--minutes", type=float, default=40, help="total time, over all continuations")
    parser.add_argument("--rate", type=float, default=5e-5, help="highest learning rate")
    parser.add_argument("--tokens", type=int, default=6144, help="word pieces per batch")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--precision",
        choices=("auto", "bf16", "f32"),
        default="auto",
        help="auto measures, which a busy machine disturbs",
    )
    options = parser.parse_args()
    if WORLD > 1:
        distributed.init_process_group("gloo", timeout=timedelta(hours=1))
    torch.manual_seed(options.seed)
    use_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer((base_folder() / "tokenizer.json").read_bytes())
    encoded = [encode(tokenizer, pair) for pair in read_pairs(options.mix)]
    held_out, training = separated(encoded)
    network = SupportNetwork(base_folder())
    network.is_bf16 = faster_in_bf16() if options.precision == "auto" else options.precision == "bf16"
    run = new_run(network, options.start)
    restore(run, options.out)
    torch.manual_seed(options.seed + RANK)  # each process drops out other units
    train(run, training, held_out, options)
    if RANK == 0:
        export(run.network, options.out)


def new_run(network: SupportNetwork, start: Path | None = None) -> SupportRun:
    """Return a run at step 0, with the encoder of a reader, or with the weights of an earlier run."""
    if start:
        parts = ("encoder.", "head.")  # a reader has other heads
        weights = {name: w.float() for name, w in load_file(start).items() if name.startswith(parts)}
        lacking, _ = network.load_state_dict(weights, strict=False)
        if any(name.startswith("encoder.") for name in lacking):
            raise ValueError(f"{start} lacks weights of the encoder. Start from a reader's file.")
    optimiser = torch.optim.AdamW(network.parameters(), betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    return SupportRun(network.train(), optimiser)


def train(
    run: SupportRun, training: Sequence[EncodedPair], held_out: Sequence[EncodedPair], options: Any
) -> None:
    """Train until the time is over; report and save every few minutes."""
    if RANK == 0:
        print(f"{len(training)} pairs; from step {run.step}", flush=True)
    reported = started = time.monotonic()
    before = run.seconds
    stream = batches(training, options.tokens, options.seed, skip=run.step * WORLD)
    for batch in islice(stream, RANK, None, WORLD):
        run.seconds = shared(before + time.monotonic() - started)
        if (elapsed := run.seconds / (60 * options.minutes)) >= 1:
            break
        take_step(run, batch, options.rate * min(1.0, (run.step + 1) / WARM_UP) * (1 - elapsed))
        if RANK == 0 and time.monotonic() - reported > REPORT_SECONDS:
            save(run, options.out)
            accuracies = balanced_accuracies(run.network, held_out)
            figures = ", ".join(f"{name} {value:.3f}" for name, value in accuracies.items())
            print(f"{run.seconds / 60:.1f} min, step {run.step}: {figures}", flush=True)
            reported = time.monotonic()
    if RANK == 0:
        save(run, options.out)


def shared(seconds: float) -> float:
    """Return the mean over the processes, so that all have the same learning rate and stop together."""
    if WORLD == 1:
        return seconds
    total = torch.tensor([seconds], dtype=torch.float64)
    distributed.all_reduce(total)
    return float(total) / WORLD


def average_gradients(network: nn.Module) -> None:
    """Set each gradient to its mean over the processes."""
    if WORLD == 1:
        return
    gradients = [weight.grad for weight in network.parameters() if weight.grad is not None]
    joined = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(joined)
    start = 0
    for gradient in gradients:
        gradient.copy_(joined[start : start + gradient.numel()].view_as(gradient) / WORLD)
        start += gradient.numel()


def separated(pairs: Sequence[EncodedPair]) -> tuple[list[EncodedPair], list[EncodedPair]]:
    """Return the pairs to report on, and those to train on, which are about other documents."""
    reported: dict[str, list[EncodedPair]] = {}
    for each in pairs:
        if is_held_out(each.pair):
            reported.setdefault(each.pair.source, []).append(each)
    return (
        [each for of_source in reported.values() for each in of_source[:MAX_REPORTED]],
        [each for each in pairs if not is_held_out(each.pair)],
    )


def is_held_out(pair: TrainingPair) -> bool:
    """Return whether a pair is never trained on."""
    return pair.document % HELD_OUT == 0


def encode(tokenizer: Any, pair: TrainingPair) -> EncodedPair:
    """Return a pair in word pieces: ``[CLS] statement [SEP] source [SEP]``."""
    claim = tokenizer.encode(pair.claim, add_special_tokens=False).ids[:MAX_CLAIM]
    source = tokenizer.encode(pair.premise, add_special_tokens=False).ids[: WINDOW - len(claim) - 3]
    return EncodedPair(
        [CLS_TOKEN, *claim, SEP_TOKEN, *source, SEP_TOKEN], len(claim) + 2, right_labels(pair), pair
    )


def right_labels(pair: TrainingPair) -> tuple[bool, ...]:
    """Return for each label whether it is right for a pair."""
    also_right = {SupportState.UNSUPPORTED: SupportState.CONTRADICTED}
    extra = None if pair.is_exact else also_right.get(pair.label)
    return tuple(label in (pair.label, extra) for label in LABELS)


def batches(
    pairs: Sequence[EncodedPair], tokens: int, seed: int, skip: int = 0
) -> Iterator[list[EncodedPair]]:
    """Yield batches of similar length forever, in a new balanced order in each epoch."""
    by_pair = {id(each.pair): each for each in pairs}
    epoch = 0
    while True:
        order = balanced([each.pair for each in pairs], random.Random(f"{seed}-{epoch}"))
        waiting: dict[int, list[EncodedPair]] = {}
        for pair in order:
            each = by_pair[id(pair)]
            length = max(64, -(-len(each.pieces) // 32) * 32)
            waiting.setdefault(length, []).append(each)
            if len(waiting[length]) >= tokens // length:
                skip -= 1
                batch = waiting.pop(length)
                if skip < 0:
                    yield batch
        epoch += 1


def take_step(run: SupportRun, batch: Sequence[EncodedPair], rate: float) -> float:
    """Update the weights by one batch and return its loss."""
    for parameters in run.optimiser.param_groups:
        parameters["lr"] = rate
    right = torch.tensor([each.right for each in batch])
    loss = -logits_of(run.network, batch).log_softmax(1).masked_fill(~right, -1e4).logsumexp(1).mean()
    torch.autograd.backward(loss)
    average_gradients(run.network)
    nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
    run.optimiser.step()
    run.optimiser.zero_grad(set_to_none=True)
    run.step += 1
    return float(loss.detach())


def logits_of(network: SupportNetwork, batch: Sequence[EncodedPair]) -> Tensor:
    """Return the logits of each pair of a batch."""
    length = max(64, -(-max(len(each.pieces) for each in batch) // 32) * 32)
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, each in enumerate(batch):
        ids[row, : len(each.pieces)] = torch.tensor(each.pieces)
        mask[row, : len(each.pieces)] = 1
        types[row, each.claim : len(each.pieces)] = 1
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=network.is_bf16):
        logits: Tensor = network(ids, mask, types).float()
    return logits


def balanced_accuracies(network: SupportNetwork, pairs: Sequence[EncodedPair]) -> dict[str, float]:
    """Return the balanced accuracy of supported against the rest for each source that has both."""
    network.eval()
    judged: dict[str, dict[bool, list[bool]]] = {}
    with torch.no_grad():
        for start in range(0, len(pairs), 32):
            batch = pairs[start : start + 32]
            for each, logits in zip(batch, logits_of(network, batch), strict=True):
                gold = each.pair.label is SupportState.SUPPORTED
                found = bool(logits.softmax(0)[0] >= 0.5)
                judged.setdefault(each.pair.source, {True: [], False: []})[gold].append(found is gold)
    network.train()
    return {
        source: sum(sum(side) / len(side) for side in sides.values()) / 2
        for source, sides in sorted(judged.items())
        if all(sides.values())
    }


def save(run: SupportRun, out: Path) -> None:
    """Write the checkpoint and the weights, each atomically."""
    state = {
        "network": run.network.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "step": run.step,
        "seconds": run.seconds,
    }
    torch.save(state, out / "checkpoint.part")
    (out / "checkpoint.part").replace(out / CHECKPOINT)
    save_weights(run.network.state_dict(), out / "support.safetensors")


def restore(run: SupportRun, out: Path) -> None:
    """Set a run to the state that :func:`save` wrote, if there is one."""
    if not (out / CHECKPOINT).exists():
        return
    state = torch.load(out / CHECKPOINT, weights_only=True)
    run.network.load_state_dict(state["network"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.step, run.seconds = state["step"], state["seconds"]


def export(network: SupportNetwork, out: Path) -> None:
    """Write the network with 8-bit weights, the tokenizer, and a manifest with their hashes."""
    import nncf

    library = load_openvino()
    example = {name: torch.ones(2, 32, dtype=torch.long) for name in INPUTS}
    shapes = [(name, [-1, -1], library.Type.i64) for name in INPUTS]
    model = library.convert_model(network.eval(), example_input=example, input=shapes)
    model.outputs[0].get_tensor().set_names({"labels"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "full.xml"
        library.save_model(model, path, compress_to_fp16=False)
        small = nncf.compress_weights(library.Core().read_model(path), mode=nncf.CompressWeightsMode.INT8_SYM)
        library.save_model(small, out / "support.xml", compress_to_fp16=True)
    shutil.copyfile(base_folder() / "tokenizer.json", out / "tokenizer.json")
    manifest = {
        "name": "support",
        "window": WINDOW,
        "claim": MAX_CLAIM,
        "labels": [label.value for label in LABELS],
        "files": {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FILES},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
