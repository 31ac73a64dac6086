"""What benchmarks measure with."""

from tests.bench.process import run


def test_the_peak_of_a_small_process_is_its_own():
    """However much the one that started it holds."""
    held = bytearray(b"x" * 400_000_000)
    small = run("json.tool", "--help")

    assert len(held) == 400_000_000
    assert 1 < small.peak_mb < 200
    assert small.code == 0
