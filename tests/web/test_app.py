"""The server around the page: what is said before it begins."""

import pytest

from qa.errors import LibraryDamaged
from qa.web.app import serve
from qa.wiring import shelf_of
from tests.fakes.services import small_services


def test_a_damaged_library_is_said_before_the_server_begins(tmp_path):
    """In one line, and no address is told that nobody answers at."""
    services = small_services(tmp_path)
    told: list[str] = []
    shelf_of(services.settings).remove(["/a.txt"])
    [damaged] = tmp_path.glob("data/libraries/*/left-out.json")
    damaged.write_text("{")

    with pytest.raises(LibraryDamaged, match=r"left-out.json is damaged, expected a list of paths; "):
        serve(services, "127.0.0.1", 0, told.append)
    assert [] == told
