"""Parsing in worker processes: a failing file affects no other, and no process is left."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import FootnoteError
from index.failures import MAX_DETAIL, FailureCode, ParseFailure
from index.formats import FailedFile, Limits, ParseSuccess, parse, read_files
from index.formats.sandbox.pool import SMALL_MEMORY
from index.formats.sandbox.protocol import pack, pack_failure, unpack, unpack_failure
from index.records import Block, BlockKind, CharRun, Page
from index.text.canonical import CanonicalText
from index.text.structure import BlockList
from tests.fakes import misbehaving_worker

MISBEHAVING = (sys.executable, misbehaving_worker.__file__)
QUICK = Limits(seconds=1, memory_bytes=600_000_000, max_characters=1_000_000)


@pytest.fixture
def write(tmp_path):
    """Write one text file per argument and return their paths in order."""

    def write_files(*contents: str) -> list[Path]:
        paths = [tmp_path / f"{number:04}.txt" for number, _ in enumerate(contents)]
        for path, content in zip(paths, contents, strict=True):
            path.write_text(content)
        return paths

    return write_files


def texts(outcomes) -> list[str]:
    """Return the text of each file, or the code of its failure."""
    return [one.canonical.text if isinstance(one, ParseSuccess) else one.failure.code for one in outcomes]


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def ended(pid: int) -> bool:
    """Return whether a process that was told to end does so within 30 seconds."""
    descriptor = os.pidfd_open(pid) if is_running(pid) else None
    if descriptor is not None:
        import select

        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        waiting.poll(30_000)
        os.close(descriptor)
    return not is_running(pid)


class TestReading:
    def test_results_equal_those_of_this_process(self, tmp_path):
        """The other process changes nothing, and the digest is that of the file's bytes."""
        page = tmp_path / "a.html"
        page.write_text("<title>T 🙂</title><h1>Grüße</h1><p>日本 \u202eمرحبا")
        (outcome,) = read_files([page], Limits())

        assert outcome == ParseSuccess(
            page, hashlib.sha256(page.read_bytes()).hexdigest(), parse(page, Limits())
        )

    def test_results_are_in_the_order_of_paths(self, write):
        """The order doesn't depend on the time that each file takes."""
        paths = write(*(f"{number} " * (1 if number % 7 else 50_000) for number in range(60)))

        assert paths == [outcome.path for outcome in read_files(paths, Limits(), workers=3)]

    def test_an_unreadable_file_is_a_result(self, write, tmp_path):
        """It has its failure, and the files around it are read."""
        first, empty, last = write("one", "", "two")
        outcomes = list(read_files([first, empty, tmp_path / "gone.txt", last], Limits()))

        assert outcomes[1] == FailedFile(empty, ParseFailure(FailureCode.EMPTY))
        assert ["one", FailureCode.EMPTY, FailureCode.MISSING, "two"] == texts(outcomes)

    def test_an_undecodable_name_is_passed_through(self, tmp_path):
        """The name of a file may be any bytes."""
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n\xe9.txt"))
        path.write_text("words")

        assert [(path, "words")] == [(one.path, *texts([one])) for one in read_files([path], Limits())]

    def test_paths_are_consumed_only_a_little_ahead(self, write):
        """Neither the list of files nor their texts must fit into memory."""
        consumed = itertools.count()
        paths = (path for path in write(*["x"] * 50) if next(consumed) >= 0)
        reading = read_files(paths, Limits(), workers=1)
        next(reading)
        reading.close()

        assert next(consumed) <= 3

    def test_no_files_start_no_process(self):
        """A command that doesn't exist is never run."""
        assert list(read_files([], Limits(), command=["/no/such/command"])) == []

    def test_a_worker_that_does_not_start_is_an_error(self, write):
        """A broken installation isn't the fault of the files."""
        with pytest.raises(FootnoteError, match="process that reads files doesn't start"):
            list(read_files(write("x"), Limits(), command=[sys.executable, "-c", "raise SystemExit(1)"]))

    def test_pages_and_runs_pass_through(self):
        """The map to the characters of a PDF survives JSON with its types."""
        canonical = CanonicalText(
            "Heading",
            None,
            "application/pdf",
            BlockList.of([Block(BlockKind.HEADING, 0, 7, 1)]),
            (Page(1, 0, 7, 612.0, 792.5),),
            (CharRun(0, 7, 1, 3),),
        )

        assert canonical == unpack(pack(canonical))

    def test_a_failure_passes_through(self):
        """Code, detail and limit survive JSON; a long detail is cut."""
        failure = ParseFailure(FailureCode.TIMEOUT, "more than 60 s", 60)
        long = ParseFailure(FailureCode.DAMAGED, "x" * 1000)

        assert unpack_failure(json.loads(json.dumps(pack_failure(failure)))) == failure
        assert unpack_failure(pack_failure(long)).detail == "x" * MAX_DETAIL

    @pytest.mark.parametrize(
        "packed",
        [[], ["damaged"], ["no such code", "", None], ["damaged", 1, None], ["damaged", "x" * 9999, None]],
    )
    def test_a_malformed_failure_is_refused(self, packed):
        """A worker that reads hostile files may send anything."""
        with pytest.raises(ValueError, match="code"):
            unpack_failure(packed)


class TestMisbehaviour:
    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ("hang", FailureCode.TIMEOUT),
            ("spin", FailureCode.TIMEOUT),
            ("abort", FailureCode.CRASHED),
            ("exit", FailureCode.CRASHED),
            ("raise", FailureCode.CRASHED),
            ("overrun", FailureCode.CRASHED),
            ("eat", FailureCode.MEMORY),
        ],
    )
    def test_a_failing_file_does_not_affect_others(self, write, what, code):
        """The files before, beside and after it are read."""
        read = read_files(write("one", "two", what, "three", what, "four"), QUICK, command=MISBEHAVING)

        assert ["one", "two", code, "three", code, "four"] == texts(read)

    def test_a_parser_that_prints_disturbs_nothing(self, write, capfd):
        """It writes neither to the pipe nor to the terminal."""
        read = read_files(write("print", "one"), QUICK, workers=1, command=MISBEHAVING)

        assert ["print", "one"] == texts(read)
        assert capfd.readouterr() == ("", "")

    def test_a_parser_that_reads_input_takes_no_jobs(self, write):
        """Its standard input is empty."""
        read = read_files(write("listen", "one"), QUICK, workers=1, command=MISBEHAVING)

        assert ["listen", "one"] == texts(read)

    def test_one_process_reads_many_files(self, write):
        """It is started once, and again after a failure."""
        read = texts(
            read_files(write("pid", "pid", "abort", "pid", "pid"), QUICK, workers=1, command=MISBEHAVING)
        )

        assert read[0] == read[1] != read[3] == read[4]

    def test_a_large_file_exceeds_the_memory_limit(self, tmp_path):
        """This runs the real worker and parser with less memory than the text needs."""
        path = tmp_path / "large.csv"
        path.write_text("Name,Age\n" + "Ann,30\n" * 600_000)
        small = tmp_path / "small.csv"
        small.write_text("Name,Age\nAnn,30\n")
        limits = Limits(memory_bytes=340_000_000)
        read = list(read_files([small, path, small], limits, workers=1))

        assert ["Name: Ann; Age: 30", FailureCode.MEMORY, "Name: Ann; Age: 30"] == texts(read)
        assert read[1] == FailedFile(
            path, ParseFailure(FailureCode.MEMORY, "more than 0.3 GB", limits.memory_bytes)
        )

    def test_large_files_are_parsed_one_at_a_time(self, write, tmp_path):
        """A folder of them needs no more memory than one; small files are still parsed side by side."""
        log = tmp_path / "log"
        limits = Limits(seconds=30, memory_bytes=SMALL_MEMORY + 400_000_000)
        sizes = [400, 400, 1, 400, 1, 2000]
        contents = [f"allocate {size} {log}" for size in sizes]

        read = texts(read_files(write(*contents), limits, workers=2, command=MISBEHAVING))

        assert ["400", "400", "1", "400", "1", FailureCode.MEMORY] == read
        lines = log.read_text().splitlines()
        ends = [number for number, line in enumerate(lines) if line == "end 400"]
        assert 3 == len(ends)
        assert all(lines[number - 1] == "start 400" for number in ends)

    def test_the_default_limits_keep_indexing_below_a_gigabyte(self):
        """One large file, or two small ones; 250 MB are for the process that embeds."""
        limits, workers = Limits(), 2

        assert max(limits.memory_bytes, workers * SMALL_MEMORY) + 250_000_000 < 1_024_000_000


class TestEnding:
    def test_processes_end_with_the_last_file(self, write):
        """No process is left when the iterator is exhausted."""
        pids = texts(read_files(write("pid", "pid"), QUICK, command=MISBEHAVING))

        assert not any(is_running(int(pid)) for pid in pids)

    @pytest.mark.parametrize("what", ["hang", "spin", "idle"])
    def test_processes_end_when_the_iterator_is_closed(self, write, what):
        """They end whatever they are doing, as on Ctrl-C and after errors."""
        reading = read_files(
            write("pid", what, what, what), Limits(seconds=3600), workers=1, command=MISBEHAVING
        )
        (pid,) = texts([next(reading)])
        reading.close()

        assert not is_running(int(pid))

    @pytest.mark.parametrize("what", ["hang", "spin", "idle"])
    def test_processes_end_when_the_parent_dies(self, write, what):
        """Even a process that hangs notices the end of its parent."""
        pid_file, busy = write("pid", what)
        script = (
            "import os, pathlib, signal\nfrom index.formats import Limits, read_files\n"
            f"reading = read_files(map(pathlib.Path, {[str(pid_file), str(busy)]!r}), Limits(seconds=2), "
            f"workers=1, command={MISBEHAVING!r})\n"
            "print(next(reading).canonical.text, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
        )
        parent = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False)

        assert ended(int(parent.stdout))

    def test_a_worker_imports_no_model_and_no_index(self):
        """It starts fast because it imports only what it needs."""
        script = (
            "import sys, index.formats.sandbox.parse_worker\n"
            "print(*sorted({'torch', 'faiss', 'openvino', 'tantivy', 'lxml', 'docutils', 'openpyxl', 'docx',"
            " 'pptx', 'pypdfium2', 'markdown_it', 'selectolax'} & set(sys.modules)))"
        )
        result = subprocess.run(
            [sys.executable, "-P", "-c", script], stdout=subprocess.PIPE, text=True, check=True
        )

        assert result.stdout.strip() == ""

    def test_the_working_directory_runs_no_code(self, tmp_path, monkeypatch, write):
        """A folder of documents may contain a file with the name of a module."""
        (tmp_path / "csv.py").write_text("import os; os._exit(1)")
        (tmp_path / "index.py").write_text("import os; os._exit(1)")
        paths = write("one")
        monkeypatch.chdir(tmp_path)

        assert ["one"] == texts(read_files(paths, Limits()))
