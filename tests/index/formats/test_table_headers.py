"""Headers of statistical tables: several lines, names over several columns, titles and notes above."""

import pytest

from index.formats.common.table_headers import find_header, is_number
from tests.fakes.tables import canonical, workbook

CRIMES = [
    ["Table 2"],
    ["Area", "Year", "Murder", "", "Robbery", ""],
    ["", "", "", "Rate per 100,000", "", "Rate per 100,000"],
    ["Maine", "2015", "23", "1.7", "311", "23.4"],
    ["Maine", "2016", "20", "1.5", "266", "20.0"],
]


def headers(rows: list[list[str]]) -> list[tuple[str, ...]]:
    found = find_header(rows)
    return found.names if found else []


def cells(name: str, data: bytes) -> list[list[tuple[str, str]]]:
    """Return the named cells of each row, with their names in one line."""
    read = canonical(name, data)
    rows = (row.cells for row in read.blocks if row.cells and any(cell.header for cell in row.cells))
    return [[(" ".join(cell.header), read.text[cell.start : cell.end]) for cell in row] for row in rows]


@pytest.mark.parametrize("text", ["12", "-$39,895", "1,205.9", "+3.2", "38%", "(5.2)", "0.5 km"])
def test_a_number_is_a_value(text):
    """With a sign, a currency or a short unit."""
    assert is_number(text)


@pytest.mark.parametrize("text", ["2016", "1998-99", "2003–04", "2020-06-30", "2020 Q1", "2015 *", "0 - 6"])
def test_a_period_names_a_column(text):
    """As does a range."""
    assert not is_number(text)


def test_a_name_stands_over_the_columns_to_its_right():
    """As far as they have a name below; a title above the names is none."""
    assert [
        ("Area",),
        ("Year",),
        ("Murder",),
        ("Murder", "Rate per 100,000"),
        ("Robbery",),
        ("Robbery", "Rate per 100,000"),
    ] == headers(CRIMES)


def test_dates_and_periods_name_columns():
    """Also with marks of footnotes, and though the first cell is blank."""
    rows = [["", "2020-06-30", "2019 (1)", "2018 *"], ["Prisoners", "79,514", "82,710", "82,773"]]

    assert [(), ("2020-06-30",), ("2019 (1)",), ("2018 *",)] == headers(rows)


def test_a_line_above_complete_names_is_a_note():
    """Two cells of a note aren't names of columns; neither are equal words in all of them."""
    rows = [
        ["Table A1: ferries", "", "Contents"],
        ["Port", "2019", "2020"],
        ["", "outturn", "outturn", "outturn"],
        ["Tern", "12", "14"],
    ]

    assert [("Port",), ("2019",), ("2020",)] == headers(rows)


def test_numbers_in_order_name_columns():
    """Such as grades and months; other numbers are values."""
    rows = [["Year", "Total", "1", "2", "3"], ["2008", "49", "37", "36", "38"]]

    assert [("Year",), ("Total",), ("1",), ("2",), ("3",)] == headers(rows)


def test_a_row_without_its_numbers_names_no_column():
    """Signs for missing numbers are values."""
    rows = [["Area", "Jobs", "Share"], ["Springfield", "**", "**"], ["Ponce", "180", "3.34"]]

    assert [("Area",), ("Jobs",), ("Share",)] == headers(rows)


def test_a_label_of_a_row_of_names_is_part_of_them():
    """The words left of the names of sites say what these are, and the line below names the units."""
    rows = [
        ["", "Type:", "water", "water"],
        ["", "Site:", "A", "B"],
        ["Substance", "Units", "", ""],
        ["Nitrogen", "mg/L", "3.20", "1.20"],
    ]

    assert [("Substance",), ("Units",), ("Type water", "Site A"), ("Type water", "Site B")] == headers(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [["Some words"], ["and others"]],
        [["Ann", "12", "13"], ["Ben", "14", "15"]],
        [["a note", "another"], ["12", "", "", "3", "4", "5"]],
    ],
)
def test_no_header_is_invented(rows):
    """Without numbers, without rows above them, or without names for most columns."""
    assert find_header(rows) is None


def test_cells_of_a_sheet_have_the_names_of_all_lines():
    """A merged name is over each of its columns, in every line of the header; the text has it once."""
    data = workbook(
        [
            ["Births by age"],
            ["", "Numbers", "", "", "Rates"],
            ["Age", "Births", "", "Deaths", ""],
            ["", "Live", "Still", "Early", "Late"],
            ["20-24", 97506, 458, 215, 4.7],
        ],
        merged=["B2:D2", "B3:C3", "D3:E3"],
    )

    assert [
        [
            ("Age", "20-24"),
            ("Numbers Births Live", "97506"),
            ("Numbers Births Still", "458"),
            ("Numbers Deaths Early", "215"),
            ("Rates Deaths Late", "4.7"),
        ]
    ] == cells("births.xlsx", data)
    assert "Numbers | Rates\nAge | Births | Deaths\n" in canonical("births.xlsx", data).text


def test_a_blank_label_is_that_of_the_row_above():
    """A column of labels may name its value once; rows after a title of their own aren't continued."""
    data = workbook(
        [
            ["Country", "", "Deaths", "Deaths"],
            ["", "", "men", "women"],
            ["Wales", "2001", 64, 66],
            ["", "2002", 52, 43],
            ["Other"],
            ["", "2003", 1, 2],
        ]
    )

    labels = [[text for _, text in row[:2]] for row in cells("deaths.xlsx", data)]
    assert [["Wales", "2001"], ["Wales", "2002"], ["2003", "1"]] == labels


def test_long_names_in_a_csv_file_name_columns():
    """Questions of a survey are long; numbers below tell that they are names."""
    question = "Percentage of drivers involved in fatal collisions who had not been involved in any accident"
    data = f"State,{question}\nIdaho,98\nOhio,92\n".encode()

    assert [[("State", "Idaho"), (question, "98")], [("State", "Ohio"), (question, "92")]] == cells(
        "drivers.csv", data
    )
