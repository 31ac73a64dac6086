"""The measuring tools of the benchmarks."""

from tests.bench.process import run


def test_the_peak_of_a_small_process_is_its_own():
    """It doesn't include the memory of its parent."""
    held = bytearray(b"x" * 400_000_000)
    small = run("json.tool", "--help")

    assert len(held) == 400_000_000
    assert 1 < small.peak_mb < 200
    assert small.code == 0
