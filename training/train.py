"""
Train the reader on a prepared file for some time, continuing from the last checkpoint if there is one.

Example::

    python -m training.train --mix mix.jsonl.gz --start reader.safetensors --out run --minutes 90

The learning rate rises for thirty steps and then falls linearly with the share of the time that has passed,
so that it ends at 0 for any duration. Batches have few fixed shapes, because kernels are compiled for each
new one. A checkpoint has weights, optimiser, position and random state; the averaged weights are in a file
beside it.
"""

import argparse
import random
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from index.inference import CLS_TOKEN, SEP_TOKEN
from index.text.sentences import sentences
from training.data import Example, Group, read_groups
from training.model import (
    WINDOW,
    Network,
    Reader,
    base_folder,
    faster_in_bf16,
    load_weights,
    network,
    save_weights,
    use_threads,
)

QUESTION = 64  # maximum word pieces of a question
WARM_UP = 30  # steps
AVERAGING = 0.998  # share of the old average at each step, in the long run
CHECKPOINT = "checkpoint.pt"
MASKED_LOGIT = -1e4  # a logit with probability 0


@dataclass(frozen=True, slots=True)
class Encoded:
    """
    An example in word pieces.

    Args:
        pieces: Ids of all word pieces, with special tokens.
        question: Number of pieces before the passage, with special tokens.
        starts: The first word piece of the answer; [0] if the answer isn't here; empty if its words aren't
            annotated.
        ends: The last word piece of the answer, in the same way.
        here: 1 if the answer is here, otherwise 0.
        sentence: Number of the passage's sentence that each word piece is in, from 1; 0 for the others.
        answering: The sentences that answer; [0] if the answer isn't here; empty if not annotated.
    """

    pieces: list[int]
    question: int
    starts: list[int]
    ends: list[int]
    here: float
    sentence: list[int]
    answering: list[int]


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command; see ``--help``."""

    mix: Path
    start: Path
    out: Path
    minutes: float
    rate: float
    tokens: int
    dropout: float
    teacher: Path | None
    seed: int
    threads: int


@dataclass(slots=True)
class TrainingRun:
    """The state of a training run, which a checkpoint stores."""

    reader: Reader
    optimiser: torch.optim.Optimizer
    average: dict[str, Tensor]
    teacher: Network | None = None
    step: int = 0
    seen: int = 0
    seconds: float = 0.0
    losses: list[tuple[float, ...]] = field(default_factory=list)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mix", type=Path, required=True, help="training file by training.prepare")
    parser.add_argument("--start", type=Path, required=True, help="weights to start from (safetensors)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--minutes", type=float, default=90, help="total time, over all continuations")
    parser.add_argument("--rate", type=float, default=6e-5, help="highest learning rate")
    parser.add_argument("--tokens", type=int, default=6144, help="word pieces per batch, padding included")
    parser.add_argument("--dropout", type=float, default=0.0, help="share of hidden units, for later rounds")
    parser.add_argument(
        "--teacher", type=Path, help="reader to distil spans from: an exported folder or a safetensors file"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    train(Options(**vars(parser.parse_args())))


def train(options: Options) -> None:
    """Train until the time is over; the averaged weights are ``reader.safetensors`` in the run's folder."""
    torch.manual_seed(options.seed)
    use_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    encoder = Encoder(Tokenizer.from_file(str(base_folder() / "tokenizer.json")), random.Random(options.seed))
    groups = [encoder.group(group) for group in read_groups(options.mix)]
    run = start_or_continue(options)
    precision = "bf16" if faster_in_bf16() else "f32"
    print(f"{len(groups)} groups; from step {run.step}, in {precision}", flush=True)
    saved = time.monotonic()
    for batch in batches(groups, options.tokens, options.seed, skip=run.step):
        started = time.monotonic()
        if (elapsed := run.seconds / (60 * options.minutes)) >= 1:
            break
        rate = options.rate * min(1.0, (run.step + 1) / WARM_UP) * (1 - elapsed)
        take_step(run, batch, rate)
        run.seconds += time.monotonic() - started
        if run.step % 20 == 0:
            report(run, rate)
        if time.monotonic() - saved > 600:
            save(run, options.out)
            saved = time.monotonic()
    save(run, options.out)


# ---- encoding examples


class Encoder:
    """Encodes examples as word pieces; *rng* chooses the window of a passage that is too long."""

    def __init__(self, tokenizer: Tokenizer, rng: random.Random) -> None:
        self._tokenizer, self._rng = tokenizer, rng
        tokenizer.no_truncation()
        tokenizer.no_padding()

    def group(self, group: Group) -> list[Encoded]:
        """Return the encoded examples of a group."""
        return [self.example(each) for each in group]

    def example(self, example: Example) -> Encoded:
        """Return an encoded example, its passage cut to a window around the answer."""
        question = self._tokenizer.encode(example.question, add_special_tokens=False).ids[:QUESTION]
        read = self._tokenizer.encode(example.passage, add_special_tokens=False)
        size = WINDOW - len(question) - 3
        answers = [pieces_of(span, read.offsets) for span in (example.span, *example.evidence) if span]
        # The window contains the annotated words; without them, as many answering sentences as fit.
        around = answers[:1] if example.span else answers
        first, last = min((one[0] for one in around), default=0), max((one[1] for one in around), default=0)
        begin = self._window(len(read.ids), first, min(last, first + size - 1), size) if answers else 0
        pieces = [CLS_TOKEN, *question, SEP_TOKEN, *read.ids[begin : begin + size], SEP_TOKEN]
        head = len(question) + 2
        sentence = [0] * head + _sentence_of_each(example.passage, read.offsets)[begin : begin + size] + [0]
        within = [(max(first, begin), min(last, begin + size - 1)) for first, last in answers]
        placed = [range(first - begin + head, last - begin + head + 1) for first, last in within]
        starts, ends = _targets(example, placed)
        answering = sorted({sentence[place] for places in placed for place in places})
        return Encoded(
            pieces, head, starts, ends, float(example.here), sentence, answering if example.here else [0]
        )

    def _window(self, length: int, first: int, last: int, size: int) -> int:
        """Return a random start of a window of *size* pieces that contains the pieces *first* to *last*."""
        latest = min(first, max(0, length - size))
        return self._rng.randint(min(max(0, last - size + 1), latest), latest)


def _sentence_of_each(passage: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """Return the number of each word piece's sentence, from 1."""
    begins = [start for start, _ in sentences(passage)]
    return [max(1, bisect_right(begins, start)) for start, _ in offsets]


def _targets(example: Example, placed: Sequence[range]) -> tuple[list[int], list[int]]:
    """Return the targets of start and end; annotated words are the first range of *placed*."""
    if not example.here:
        return [0], [0]
    return ([placed[0][0]], [placed[0][-1]]) if example.span else ([], [])


def pieces_of(span: tuple[int, int], offsets: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the first and last word piece that overlap the span."""
    inside = [place for place, (start, end) in enumerate(offsets) if end > span[0] and start < span[1]]
    return inside[0], inside[-1]


# ---- batches


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole groups of similar length, each starting with its question's own example."""

    length: int
    groups: list[list[Encoded]]


def batches(groups: list[list[Encoded]], tokens: int, seed: int, skip: int = 0) -> Iterator[Batch]:
    """Yield full batches forever, the groups in a new order in each epoch; the same for the same seed."""
    epoch = 0
    while True:
        order = groups[:]
        random.Random(f"{seed}-{epoch}").shuffle(order)
        for batch in _filled(order, tokens):
            skip -= 1
            if skip < 0:
                yield batch
        epoch += 1


def _filled(groups: list[list[Encoded]], tokens: int) -> Iterator[Batch]:
    waiting: dict[int, list[list[Encoded]]] = {}
    for group in groups:
        length = max(96, -(-max(len(each.pieces) for each in group) // 32) * 32)
        free = tokens // length - sum(map(len, waiting.setdefault(length, [])))
        waiting[length].append(group[:free])  # negatives that don't fit are left out in this epoch
        if len(group) >= free:
            yield Batch(length, waiting.pop(length))


def tensors(batch: Batch) -> dict[str, Tensor]:
    """Return the batch as the arguments of :meth:`Reader.forward`."""
    rows = [each for group in batch.groups for each in group]
    ids = torch.zeros(len(rows), batch.length, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for place, row in enumerate(rows):
        ids[place, : len(row.pieces)] = torch.tensor(row.pieces)
        mask[place, : len(row.pieces)] = 1
        types[place, row.question : len(row.pieces)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


# ---- training steps


def take_step(run: TrainingRun, batch: Batch, rate: float) -> None:
    """Update the weights by one batch."""
    for parameters in run.optimiser.param_groups:
        parameters["lr"] = rate
    losses = losses_of(run.reader, batch, run.teacher)
    torch.autograd.backward(losses[0] + 0.5 * losses[1] + 0.3 * losses[2] + 0.5 * losses[3])
    nn.utils.clip_grad_norm_(run.reader.parameters(), 1.0)
    run.optimiser.step()
    run.optimiser.zero_grad(set_to_none=True)
    run.step += 1
    _average(run)
    run.seen += sum(map(len, batch.groups))
    run.losses.append(tuple(loss.item() for loss in losses))


def _average(run: TrainingRun) -> None:
    """Move the average towards the weights, faster at the start of the run."""
    share = max(1 - AVERAGING, 9 / (run.step + 10))
    for name, weight in run.reader.state_dict().items():
        run.average[name].lerp_(weight, share)


def losses_of(reader: Reader, batch: Batch, teacher: Network | None = None) -> tuple[Tensor, ...]:
    """
    Return the losses of the span, of the has-answer logit, of the group's ranking and of the sentences.

    With a *teacher*, its span distribution counts for half of the first loss, also for rows without annotated
    words (Hinton et al. 2015, "Distilling the knowledge in a neural network").
    """
    inputs = tensors(batch)
    start, end, here, inside = _outputs(reader, inputs)
    rows = [each for group in batch.groups for each in group]
    readable = inputs["token_type_ids"].bool()
    readable[:, 0] = True
    starts, ends = [row.starts for row in rows], [row.ends for row in rows]
    span = (_annotated_loss(start, readable, starts) + _annotated_loss(end, readable, ends)) / 2
    if teacher:
        with torch.no_grad():
            taught = _outputs(teacher, inputs)[:2]
        span = (
            span
            + (_distillation_loss(start, taught[0], readable) + _distillation_loss(end, taught[1], readable))
            / 2
        ) / 2
    present = binary_cross_entropy_with_logits(here, torch.tensor([row.here for row in rows]))
    ranking = _ranking_loss(here, [len(group) for group in batch.groups])
    return span, present, ranking, _sentence_loss(inside, rows)


def _outputs(reader: Network, inputs: dict[str, Tensor]) -> tuple[Tensor, ...]:
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=faster_in_bf16()):
        return tuple(logits.float() for logits in reader(*inputs.values()))


def _distillation_loss(logits: Tensor, teacher: Tensor, readable: Tensor) -> Tensor:
    """Return the mean cross entropy of the rows with the teacher's distribution over the readable pieces."""
    ours, theirs = (each.masked_fill(~readable, MASKED_LOGIT) for each in (logits, teacher))
    return cross_entropy(ours, theirs.softmax(dim=1))


def _annotated_loss(logits: Tensor, readable: Tensor, targets: Sequence[Sequence[int]]) -> Tensor:
    """Return the mean of -log P(any of the row's targets) over the rows that have targets, otherwise 0."""
    wanted = torch.zeros_like(readable)
    for row, places in enumerate(targets):
        wanted[row, list(places)] = True
    known = wanted.any(dim=1)
    of_all = logits.masked_fill(~readable, MASKED_LOGIT).logsumexp(dim=1)
    of_wanted = logits.masked_fill(~wanted, MASKED_LOGIT).logsumexp(dim=1)
    return (of_all - of_wanted)[known].sum() / known.sum().clamp(min=1)


def sentence_scores(inside: Tensor, sentence: Tensor) -> Tensor:
    """
    Return the scores of "no answer", the first piece's logit, and of each sentence, its pieces' mean logit.

    Args:
        inside: Logits of the word pieces. *Shape:* ``(batch, length)``
        sentence: Number of each piece's sentence, from 1; 0 for none. *Shape:* ``(batch, length)``

    Returns:
        Sentences that a row lacks are masked. *Shape:* ``(batch, sentences + 1)``
    """
    table = torch.zeros(len(inside), int(sentence.max()) + 1)
    sizes = table.scatter_add(1, sentence, torch.ones_like(inside))
    means = table.scatter_add(1, sentence, inside) / sizes.clamp(min=1)
    return torch.cat([inside[:, :1], means[:, 1:].masked_fill(sizes[:, 1:] == 0, MASKED_LOGIT)], dim=1)


def _sentence_loss(inside: Tensor, rows: Sequence[Encoded]) -> Tensor:
    """Return the mean cross entropy of the answering sentences, or of "no answer", where annotated."""
    length = inside.shape[1]
    padded = [row.sentence + [0] * (length - len(row.sentence)) for row in rows]
    scores = sentence_scores(inside, torch.tensor(padded))
    targets = torch.zeros_like(scores)
    for number, row in enumerate(rows):
        if row.answering:
            targets[number, row.answering] = 1 / len(row.answering)
    return cross_entropy(scores, targets, reduction="sum") / targets.sum().clamp(min=1)


def _ranking_loss(here: Tensor, sizes: list[int]) -> Tensor:
    """Return the cross entropy of each group's first logit over the group; groups of one don't count."""
    lists = [logits for logits in torch.split(here, sizes) if len(logits) > 1]
    if not lists:
        return here.sum() * 0
    table = nn.utils.rnn.pad_sequence(lists, batch_first=True, padding_value=MASKED_LOGIT)
    return cross_entropy(table, torch.zeros(len(lists), dtype=torch.long))


# ---- checkpoints


def start_or_continue(options: Options) -> TrainingRun:
    """Return a new run from the starting weights, or the one of the checkpoint in the run's folder."""
    reader = Reader(base_folder(), options.dropout)
    load_weights(reader, options.start)
    run = new_run(reader)
    if options.teacher:
        run.teacher = network(options.teacher)
    if (options.out / CHECKPOINT).exists():
        restore(run, options.out)
    return run


def new_run(reader: Reader) -> TrainingRun:
    """Return a run at step 0."""
    reader.train()
    parameters = list(reader.parameters())
    matrices = {"params": [each for each in parameters if each.ndim > 1], "weight_decay": 0.01}
    vectors = {"params": [each for each in parameters if each.ndim < 2], "weight_decay": 0.0}
    optimiser = torch.optim.AdamW([matrices, vectors], betas=(0.9, 0.98), fused=True)
    average = {name: weight.clone() for name, weight in reader.state_dict().items()}
    return TrainingRun(reader, optimiser, average)


def restore(run: TrainingRun, out: Path) -> None:
    """Set a new run to the state that :func:`save` wrote."""
    state = torch.load(out / CHECKPOINT, weights_only=True)
    run.reader.load_state_dict(state["reader"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.average = state["average"]
    run.step, run.seen, run.seconds = state["step"], state["seen"], state["seconds"]
    torch.set_rng_state(state["random"])


def save(run: TrainingRun, out: Path) -> None:
    """Write checkpoint, averaged weights and last weights, each atomically."""
    state = {
        "reader": run.reader.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "average": run.average,
        "random": torch.get_rng_state(),
        "step": run.step,
        "seen": run.seen,
        "seconds": run.seconds,
    }
    torch.save(state, out / "checkpoint.part")
    (out / "checkpoint.part").replace(out / CHECKPOINT)
    save_weights(run.average, out / "reader.safetensors")
    save_weights(run.reader.state_dict(), out / "last.safetensors")
    print(f"saved at step {run.step}, {run.seen} examples, {run.seconds / 60:.1f} minutes", flush=True)


def report(run: TrainingRun, rate: float) -> None:
    """Print a line about the steps since the last report."""
    span, here, ranking, sentence = (
        sum(losses) / len(run.losses) for losses in zip(*run.losses, strict=True)
    )
    run.losses.clear()
    print(
        f"{run.seconds / 60:.1f} min, step {run.step}, {run.seen} examples ({run.seen / run.seconds:.1f}/s): "
        f"span {span:.3f}, here {here:.3f}, listwise {ranking:.3f}, sentence {sentence:.3f}, rate {rate:.1e}",
        flush=True,
    )


if __name__ == "__main__":
    main()
