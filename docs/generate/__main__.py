"""``python -m docs.generate``: write the generated pages; ``--site`` assembles, ``--check`` inspects."""

import sys

from docs.generate import ROOT, site, write_pages

BUILD = ROOT / "build"


def main(step: str = "--pages") -> None:
    """Run one step of `make docs`."""
    write_pages()
    if step == "--site":
        site.assemble(ROOT, BUILD / "docs")
    if step == "--check" and (found := site.external_resources(BUILD / "site")):
        sys.exit("The site would load from elsewhere:\n" + "\n".join(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
