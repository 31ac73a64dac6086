"""What a table says of itself, and what a document's own headings say."""

from qa.answering.answerers.outline import outline, title_range
from qa.answering.answerers.table_overview import count_rows, describe_tables, is_tabular
from tests.fakes.markdown import document

LAKES = document(
    """| Lake | Country | Area |
|---|---|---|
| Orin | Alba | 12 |
| Sala | Borea | 30 |
| Tern | Alba | 7 |
| Ulm | Carda | 9 |
"""
)


def test_a_table_names_its_columns_and_rows():
    """Each claim quotes its row or its cells."""
    columns, rows = describe_tables(LAKES, "en")

    assert ("Columns", "Lake, Country, Area") == (columns.label, columns.text)
    assert all(name in columns.quotes[0].text for name in columns.text.split(", "))
    assert ("Lake", "Orin, Sala, Tern, …") == (rows.label, rows.text)
    assert ["Orin", "Sala", "Tern"] == [quote.text for quote in rows.quotes]
    assert 4 == count_rows(LAKES)


def test_labels_are_in_the_language_of_the_question():
    """The table's own words don't change."""
    assert "Spalten" == describe_tables(LAKES, "de")[0].label


def test_prose_with_a_small_table_is_not_a_table():
    """Most of its text is sentences."""
    assert is_tabular(LAKES)
    assert not is_tabular(document("Some words on lakes. " * 40 + "\n\n| A | B |\n|---|---|\n| 1 | 2 |\n"))


def test_a_title_is_the_heading_with_the_words_of_the_name():
    """Another heading may precede it; a heading without common words is not the title."""
    named = document("# Office of the Council\n\n# Rules for Lake Orin\n\nWords.", "Lake Orin rules")
    other = document("Words come first.\n\n# Office of the Council\n", "Lake Orin rules")

    found = title_range(named)
    assert found is not None
    assert "Rules for Lake Orin" == named.text[slice(*found)]
    assert title_range(other) is None


def test_an_outline_names_the_sections_of_a_book():
    """Each name is quoted; front matter is left out."""
    book = document(
        "# The Lakes of Alba\n\n## Table of Contents\n\n"
        + "".join(f"## The {name} Lake\n\nWords.\n\n" for name in ("First", "Second", "Third", "Fourth"))
    )
    (claim,) = outline(book, "en")

    assert "The First Lake, The Second Lake, The Third Lake, The Fourth Lake" == claim.text
    assert claim.text.split(", ") == [quote.text for quote in claim.quotes]
    assert [] == outline(document("# One\n\nWords."), "en")
