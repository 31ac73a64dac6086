"""Tables: how they are read, which cells a question asks for, and what is computed over a column."""

import io
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Document
from index.text.canonical import ParsedFile, canonicalise
from qa.answering.answerers.table_computation import compute, number, requested_operation
from qa.answering.answerers.table_matching import match_cells
from qa.answering.answerers.table_model import Table, is_value, read_tables
from qa.answering.answerers.table_selection import select_rows
from qa.answering.answerers.table_similarity import NameSimilarity
from qa.answering.answerers.table_times import find_departure
from qa.answering.answerers.table_words import QuestionWords, table_words
from qa.answering.answerers.tables import TablesForm, cell_claim
from qa.answering.pipeline import QAPipeline
from qa.records import Answer, AnswerKind
from tests.blocks import parsed_rows
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.pdf import Page
from tests.fakes.pipeline import small_pipeline
from tests.fakes.tables import document, source, workbook

FERRIES = b"""port,passengers_09_10,passengers_19_20,accidents_19_20
Tern,1200,1500,2
Sala,"3,400",4100,0
Ulm,560,610,1
"""
REGIONS = workbook(
    [
        ["Lake Authority, table 4"],
        ["Region", "Kind", "Visitors", None, "Share of women"],
        [None, None, "2022", "2023", None],
        ["North", "Day guests", 120, 130, "40%"],
        [None, "Total", 300, 320, "45%"],
        ["South", "Day guests", 80, 90, "50%"],
        [None, "Total", 200, 210, "55%"],
    ],
    merged=["A2:A3", "B2:B3", "C2:D2", "E2:E3", "A4:A5", "A6:A7"],
)


def drawn(rows: list[list[str]], above: str = "") -> bytes:
    """Return a PDF with a table whose columns line up."""
    page = Page()
    page.lines(70, 800, ["Statements of the ferry company", above], size=11)
    for number_of_row, row in enumerate(rows):
        for x, words in zip((70, 300, 380, 460), row, strict=False):
            if words:
                page.lines(x, 740 - 16 * number_of_row, [words], size=11)
    return page.bytes()


STATEMENT = drawn(
    [
        ["", "2023", "2022", "2021"],
        ["Net sales", "$ 1,234", "$ 1,100", "$ 990"],
        ["Operating income", "210", "(35)", "80"],
    ],
    above="(in millions)",
)


def tables(name: str, data: bytes) -> list[Table]:
    read = document(name, data)
    return read_tables(read, [(0, len(read.text))])


def best(question: str, name: str, data: bytes) -> str:
    """Return the cell that fits best as it is shown."""
    matches = match_cells(QuestionWords.of(question), tables(name, data)[0])
    return cell_claim(matches[0].table, matches[0].row, matches[0].cell, 1.0).text if matches else ""


def test_a_number_differs_from_a_year_and_a_range():
    """Only the number is a value; a year or a range names a column."""
    assert [True] * 5 == [is_value(text) for text in ("1,234", "$ (5.2)", "83.9%", "7 km", "-3")]
    assert [False] * 5 == [is_value(text) for text in ("2016", "18-24", "2016 Vote", "25 of 41", "Total")]


def test_headers_of_two_lines_name_the_cells_below():
    """Headers may span several columns, and labels several rows."""
    (table,) = tables("regions.xlsx", REGIONS)
    row = table.rows[1]

    assert ["North", "Total"] == [cell.text for cell in row.labels]
    assert [("Visitors", "2022"), ("Visitors", "2023"), ("Share of women",)] == [c.header for c in row.values]


def test_a_separate_sign_belongs_to_its_number():
    """PDFs print the currency at the edge of the column."""
    page = Page()
    for y, words in ((700, "Adults"), (684, "Children"), (668, "Dogs")):
        page.lines(70, y, [words])
    for y, words in ((716, "2023"), (700, "12"), (684, "7"), (668, "3")):
        page.lines(380, y, [words]).lines(330, y, ["$"] if words != "2023" else [])
    (table,) = tables("fares.pdf", page.lines(70, 716, ["Fares"]).bytes())

    assert ["$ 12", "$ 7", "$ 3"] == [row.values[0].text for row in table.rows]
    assert [("2023",)] * 3 == [row.values[0].header for row in table.rows]


COURSES = b"""| Course | Teacher | Room | Fee |
|---|---|---|---|
| Pottery | Anna Weiss | B12 | 120 EUR |
| Baking bread | Tom Lind | Kitchen | 85 EUR |
| Yoga | Priya Nair | Gym | 60 EUR |
"""


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("net sales of products in 2023", "Net sales · Products · 2023: $ 298 (in millions)"),
        ("cost of sales of services 2022", "Cost of sales · Services · 2022: 22 (in millions)"),
        ("total net sales 2021", "Total net sales · 2021: 365 (in millions)"),
        ("earnings per share in 2022", "Basic earnings per share · 2022: $ 6.15"),
        ("net sales of services in 2019", ""),
    ],
)
def test_rows_belong_to_the_heading_above_them(question, shown):
    """A page has headings and years as lines of text; a ratio doesn't have the table's unit."""
    page = Page().lines(70, 800, ["Statements of the ferry company", "(in millions, except per share)"])
    page.lines(70, 760, ["Year ended December 31,"])
    for x, year in ((300, "2023"), (380, "2022"), (460, "2021")):
        page.lines(x, 744, [year])
    rows = [
        ["Net sales:"],
        ["Products", "$ 298", "$ 316", "$ 297"],
        ["Services", "85", "78", "68"],
        ["Total net sales", "383", "394", "365"],
        ["Cost of sales:"],
        ["Products", "189", "201", "192"],
        ["Services", "24", "22", "20"],
        ["Basic earnings per share", "$ 6.16", "$ 6.15", "$ 5.67"],
    ]
    for number_of_row, row in enumerate(rows):
        for x, words in zip((70, 300, 380, 460), row, strict=False):
            page.lines(x, 728 - 16 * number_of_row, [words])

    assert shown == best(question, "income.pdf", page.bytes())


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("who teaches yoga?", "Yoga · Teacher: Priya Nair"),
        ("where is baking bread?", "Baking bread · Room: Kitchen"),
        ("how much is the fee of pottery?", "Pottery · Fee: 120 EUR"),
        ("who teaches chess?", ""),
    ],
)
def test_words_in_cells_answer_who_and_where(question, shown):
    """The column is recognised even if the question has no word of its name."""
    assert shown == best(question, "courses.md", COURSES)


def test_the_cheapest_has_the_lowest_price():
    """The adjective names the measure."""
    (table,) = tables("courses.md", COURSES)
    found = compute("which course is the cheapest?", "least", table)

    assert found is not None
    assert ["Yoga"] == [cell.text for cell in found.answer]


def test_a_printed_table_has_its_columns_and_its_unit():
    """The unit is above the table and is shown with every value."""
    assert "Net sales · 2023: $ 1,234 (in millions)" == best("net sales in 2023?", "a.pdf", STATEMENT)
    assert "Operating income · 2022: (35) (in millions)" == best("operating income 2022", "a.pdf", STATEMENT)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("how many passengers did Tern have between 2019 and 2020?", "Tern · passengers_19_20: 1500"),
        ("sala passengers 2009-2010", "Sala · passengers_09_10: 3,400"),
        ("accidents in Ulm", "Ulm · accidents_19_20: 1"),
        ("how many passengers did Bree have in 2019?", ""),
        ("how many passengers did Tern have in 2015?", ""),
        ("how many sailors does Tern employ?", ""),
    ],
)
def test_row_and_column_must_be_named(question, shown):
    """A port, a year or a thing that the table lacks gets no other cell."""
    assert shown == best(question, "ferries.csv", FERRIES)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("visitors of the north in 2023", "North · Total · Visitors, 2023: 320"),
        ("day guests in the south in 2022", "South · Day guests · Visitors, 2022: 80"),
        ("what percentage of visitors in the south are female?", "South · Total · Share of women: 55%"),
    ],
)
def test_the_total_is_the_default(question, shown):
    """Of rows with the same label, the total is shown unless a part is named."""
    assert shown == best(question, "regions.xlsx", REGIONS)


def test_words_are_compared_as_tables_write_them():
    """Footnote marks are ignored, codes are expanded, and synonyms are equal."""
    assert table_words("birthstone") != table_words("births")
    assert table_words("countries") == table_words("country")
    assert table_words("NEW MEXICO6") == table_words("New Mexico")
    assert table_words("WY") == table_words("Wyoming")
    assert table_words("fatalities") == table_words("deaths")
    assert [] == table_words("how many of the")


@pytest.mark.parametrize(
    ("text", "value"),
    [("$ (1,234.50)", "-1234.50"), ("1.234,5 €", "1234.5"), ("12 %", "12"), ("−3", "-3"), ("7'000", "7000")],
)
def test_a_cell_is_read_as_a_number(text, value):
    """Thousands separators and marks of losses vary."""
    assert Decimal(value) == number(text)


def test_a_blank_mark_is_not_a_number():
    """Blank marks aren't zero."""
    assert number("n/a") is None


@pytest.mark.parametrize(
    ("question", "operation"),
    [
        ("Which port has the most passengers?", "most"),
        ("who had the fewest accidents", "least"),
        ("what is the average fare", "average"),
        ("total passengers", "total"),
        ("how many rows are there", "rows"),
        ("how many passengers did Tern have?", None),
    ],
)
def test_an_operation_is_recognised_by_its_words(question, operation):
    """Any other question asks for a written value."""
    assert operation == requested_operation(question)


def test_the_largest_value_is_found_with_its_row():
    """Its label answers "which"."""
    (table,) = tables("ferries.csv", FERRIES)
    found = compute("Which port had the most passengers in 2019-2020?", "most", table)

    assert found is not None
    assert (["Sala"], Decimal(4100)) == ([cell.text for cell in found.answer], found.value)
    assert compute("Which port had the most sailors?", "most", table) is None


def test_a_total_is_of_all_rows():
    """An average is of all rows, too."""
    (table,) = tables("ferries.csv", FERRIES)
    total = compute("total accidents", "total", table)
    average = compute("average accidents", "average", table)

    assert total is not None
    assert average is not None
    assert (Decimal(3), Decimal(1)) == (total.value, average.value)
    assert 3 == len(total.cells)


@given(st.lists(parsed_rows(), max_size=6))
def test_hyp_cells_have_the_words_of_their_offsets(rows):
    """This holds for any rows of a parser."""
    rows = [replace(block, row=replace(block.row, number=at)) for at, block in enumerate(rows)]
    parsed = canonicalise(ParsedFile("text/csv", None, tuple(rows)))
    read = Document("d" * 64, "t", ("t.csv",), "text/csv", parsed.text, blocks=parsed.blocks)
    for table in read_tables(read, [(0, len(read.text))]):
        for row in table.rows:
            for cell in (*row.labels, *row.values):
                assert row.start <= cell.start < cell.end <= row.end
                assert cell.text == " ".join(read.text[cell.start : cell.end].split())
                for quote in cell_claim(table, row, row.values[0], 1.0).quotes:
                    assert quote.text == read.text[quote.passage.span.start :][: len(quote.text)]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from three small tables and a text."""
    notes = (
        b"# Notes\n\nThe ferry to Tern was late on Monday. Passengers of the ferry waited for two hours.\n"
    )
    documents = [
        source("ferries.csv", FERRIES),
        source("regions.xlsx", REGIONS),
        source("statement.pdf", STATEMENT),
        source("notes.md", notes),
    ]
    return small_pipeline(tmp_path_factory.mktemp("index"), documents, general_forms=(TablesForm(),))


def words_cited(answer: Answer) -> list[str]:
    return [footnote.cited_text for footnote in answer.footnotes]


def test_a_cell_is_shown_with_row_column_and_unit(pipeline):
    """The short answer is the cell; the footnotes are the row and the unit."""
    answer = pipeline.run("What were net sales in 2023?")

    assert (AnswerKind.TABLE, "$ 1,234 (in millions)") == (answer.kind, answer.short)
    assert ["Net sales · 2023: $ 1,234 (in millions)"] == [sentence.text for sentence in answer.sentences]
    assert "in millions" in words_cited(answer)
    assert "$ 1,234" in words_cited(answer)[0]
    assert answer.footnotes[0].answer is not None


def test_a_computed_answer_cites_its_cells(pipeline):
    """Each value of a total has a footnote; the largest value's row answers "which"."""
    total = pipeline.run("What is the total of accidents in all ports?")
    most = pipeline.run("Which port had the most passengers in 2019-2020?")

    assert (AnswerKind.TABLE, "3") == (total.kind, total.short)
    assert ["2", "0", "1"] == words_cited(total)
    assert ("Sala", "The largest of 3 values.") == (most.short, most.note)
    assert "Sala" in words_cited(most)[0]


def test_a_question_without_a_cell_is_left_to_the_text(pipeline):
    """A question that names only a row is a factual one."""
    answer = pipeline.run("Was the ferry to Tern late on Monday?")

    assert AnswerKind.PASSAGE == answer.kind
    assert "late on Monday" in answer.sentences[0].text
    assert pipeline.run("How many passengers did Bree have in 2019?").refused


RIOTS = b"""first_name,last_name,age,death_date,kind,bills104
Ann,Bell,61,1992-05-01,Homicide,3
Tom,Reed,18,1992-04-30,Accident,12
"""
HOURS = b"""| Desk | Open |
|---|---|
| Monday to Friday | 9 am - 5 pm |
| Saturday | 10 am - 2 pm |
"""
PASSES = b"""| | Single | Monthly pass |
|---|---|---|
| Adult | 6 | 34 |
| Child | 3 | 18 |
"""


@pytest.mark.parametrize(
    ("name", "data", "question", "shown"),
    [
        ("deaths.csv", RIOTS, "how was Ann Bell killed?", "Ann · kind: Homicide"),
        ("deaths.csv", RIOTS, "how many bills in the 104th session of Reed", "Tom · bills104: 12"),
        ("desk.md", HOURS, "when does the desk open on tuesday", "Monday to Friday · Open: 9 am - 5 pm"),
        ("pass.md", PASSES, "price of a monthly pass for kids", "Child · Monthly pass: 18"),
    ],
)
def test_the_type_and_the_codes_of_a_column_count(name, data, question, shown):
    """A date isn't a way, a number after letters is a word, and a range of days has each of them."""
    assert shown == best(question, name, data)


def test_what_no_other_value_can_mean_must_be_found():
    """A day or a year that the table lacks isn't that of its neighbour."""
    assert "" == best("when does the desk open on sunday", "desk.md", HOURS)


def meaning(text: str, others: Sequence[str]) -> list[float]:
    """Return that "pay" means a fee, and nothing else anything."""
    return [0.7 if ("pay" in text and other == "Fee") else 0.0 for other in others]


def test_a_column_is_named_in_other_words():
    """The embedder compares what is left of a question with the names of the columns."""
    (table,) = tables("courses.md", COURSES)
    matches = match_cells(QuestionWords.of("what do i pay for yoga?"), table, meaning)

    assert ("60 EUR", 1.0) == (matches[0].cell.text, matches[0].column_fit)


def test_names_that_exclude_each_other_are_not_similar():
    """An embedder finds "annual" and "monthly" close."""
    (table,) = tables("pass.md", PASSES)
    matches = match_cells(
        QuestionWords.of("annual pass for an adult"), table, lambda text, others: [0.7] * len(others)
    )

    assert all(match.column_fit < 0.6 for match in matches if match.cell.name == "Monthly pass")


def test_a_form_has_no_row_of_names():
    """The first of its names and values is a fact like the others."""
    import docx

    form, written = docx.Document(), io.BytesIO()
    rows = [("Tenant", "Mrs Okafor"), ("Size of plot", "125 square metres"), ("Keeps hens", "No")]
    table = form.add_table(0, 2)
    for row in rows:
        for cell, words in zip(table.add_row().cells, row, strict=True):
            cell.text = words
    form.save(written)

    assert "Tenant: Mrs Okafor" == best("who is the tenant?", "form.docx", written.getvalue())


def test_a_question_for_another_day_is_refused(pipeline):
    """A table of other years has no sentence that answers either."""
    answer = pipeline.run("visitors of the north region in 2019")

    assert answer.refused


def test_the_vectors_of_names_are_remembered():
    """A name is embedded once; the same words are most similar."""
    embedder = HashingEmbedder()
    similarity = NameSimilarity(embedder)

    first = similarity("yearly rent", ["rent", "tenant"])

    assert first == similarity("yearly rent", ["rent", "tenant"])
    assert first[0] > first[1]


PRICES = b"""| Ticket | Adult member | Adult | Over 60 | Child single |
|---|---|---|---|---|
| Squash (40 minutes) | \xc2\xa37.20 | \xc2\xa39.40 | \xc2\xa35.50 | \xc2\xa34.00 |
| Sauna | free | \xc2\xa36.00 | \xc2\xa34.50 | |
| Kitchen, party room | \xc2\xa320.00 | \xc2\xa330.00 | \xc2\xa325.00 | |
"""
LEAGUE = b"""| Pos | Team | W | L | Pts |
|---|---|---|---|---|
| 1 | Old Quarry | 5 | 1 | 15 |
| 2 | FC Moor | 3 | 3 | 9 |
| 3 | Vale Rovers | 1 | 5 | 3 |
"""


@pytest.mark.parametrize(
    ("data", "question", "shown"),
    [
        (PRICES, "what do over 60s pay for squash", "Squash (40 minutes) · Over 60: £5.50"),
        (PRICES, "is the sauna free for adult members", "Sauna · Adult member: free"),
        (
            PRICES,
            "how much is the party room for an adult member",
            "Kitchen, party room · Adult member: £20.00",
        ),
        (LEAGUE, "how many points did moor get", "2 · FC Moor · Pts: 9"),
        (LEAGUE, "how many games did vale lose", "3 · Vale Rovers · L: 5"),
        (LEAGUE, "who finished second", "2 · Team: FC Moor"),
    ],
)
def test_people_name_rows_and_columns_in_their_own_way(data, question, shown):
    """A word that only one label has names its row; what a value explains needs no other word."""
    assert shown == best(question, "list.md", data)


def test_a_word_for_another_column_is_counted():
    """A return isn't the price of a single, though both rows and columns have words of the question."""
    matches = match_cells(QuestionWords.of("squash child over 60"), tables("list.md", PRICES)[0])

    assert 1 == matches[0].misplaced


CHOIR = b"""surname,first_name,voice,town,joined,paid
Adams,Clara,soprano,Weston,2016-09-12,yes
Castro,Ines,alto,Harbury,2019-09-02,no
Fox,Gillian,soprano,Harbury,2008-01-14,yes
Gupta,Rahul,bass,Weston,2023-09-11,no
Lund,Erik,bass,Itchley,2017-09-04,yes
"""


@pytest.mark.parametrize(
    ("question", "request_", "shown"),
    [
        ("how many members are from harbury", "count", ["Castro, Ines", "Fox, Gillian"]),
        ("how many basses are there", "count", ["Gupta, Rahul", "Lund, Erik"]),
        ("which members havent paid", "list", ["Castro, Ines", "Gupta, Rahul"]),
        ("who joined in 2016", "list", None),
        ("how many dogs are from harbury", "count", None),
        ("how many members are from oxford", "count", None),
    ],
)
def test_rows_are_chosen_by_their_values(question, request_, shown):
    """All words must be about the rows; a single row is a cell's answer."""
    found = select_rows(question, request_, tables("choir.csv", CHOIR)[0])

    assert shown == (found and [", ".join(cell.text for cell in cells) for cells in found.answers])


def test_names_with_values_have_no_rows_to_choose():
    """A name of a JSON file says nothing about the value that the question has."""
    island = b'{"name": "Tern", "capital": {"name": "Orin"}, "port": {"name": "Orin"}, "area": "12 km2"}'

    assert select_rows("what does the name orin mean", "list", tables("island.json", island)[0]) is None


def test_the_column_that_is_asked_for_is_listed():
    """A day chooses the rows."""
    week = b"Day,Session,Starts\nMonday,Swim,06:30\nMonday,Aqua,10:00\nFriday,Swim,07:00\nFriday,Club,19:00\n"
    found = select_rows("what sessions are there on monday", "list", tables("week.csv", week)[0])

    assert found is not None
    assert [["Swim"], ["Aqua"]] == [[cell.text for cell in cells] for cells in found.answers]


def test_the_longest_member_joined_first():
    """Dates are compared like numbers."""
    found = compute("who has been in the choir the longest", "most", tables("choir.csv", CHOIR)[0])

    assert found is not None
    assert ["Fox"] == [cell.text for cell in found.answer]


TIMETABLE = b"""<h1>Route 7</h1><table><caption>Mondays to Saturdays</caption><tr><td>Bus Station</td><td>0615
</td><td>0915</td><td>2210</td></tr><tr><td>Hospital</td><td>0622</td><td>0922</td><td>2216</td></tr></table>
<p>No bus on Saturdays in May.</p><table><caption>Sundays</caption><tr><td>Bus Station</td><td>0945</td>
<td>1745</td></tr><tr><td>Hospital</td><td>0951</td><td>1751</td></tr></table>"""


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("when is the last bus from the hospital on sunday", "1751"),
        ("last bus from the hospital on saturday", "2216"),
        ("first bus from the bus station on weekdays", "0615"),
        ("when does the 9:15 get to the hospital", "0922"),
        ("how much is a ticket to the hospital", None),
    ],
)
def test_a_timetable_has_first_and_last_times(question, shown):
    """The day is in the caption; a time of another stop names a column."""
    found = find_departure(question, tables("route.html", TIMETABLE))

    assert shown == (found and found.cell.text)


PRISONS = workbook(
    [
        ["Prison population"],
        ["", "2019-06-30", "2020-03-31", "2020-06-30"],
        ["Total", 82710, 82990, 79514],
        ["Fine defaulter", 55, 40, 26],
        ["Foreign nationals", 9089, 9400, 9308],
        ["Fine defaulter", 14, 9, 3],
    ]
)
CRIMES = workbook(
    [
        ["Crime by state"],
        ["State", "Year", "Murder", "", "Robbery", ""],
        ["", "", "", "Rate per 100,000", "", "Rate per 100,000"],
        ["Maine", "2015", 23, 1.7, 311, 23.4],
        ["Maine", "2016", 20, 1.5, 266, 20.5],
        ["Texas", "2015", 1317, 4.8, 31924, 116.4],
        ["Texas", "2016", 1478, 5.3, 33317, 119.6],
    ]
)
SITES = workbook(
    [
        ["", "Ground water", "Ground water", "Ground water"],
        ["", "Site A", "Site B", "Site C"],
        ["Phosphorus", 0.04, 0.17, 0.062],
        ["Nitrogen", 3.2, 1.2, 0.5],
    ]
)
WOODS = b"Year,England,Wales,UK\n1998,1.24,0.29,2.91\n2021,1.32,0.31,3.22\n2010,1.28,0.30,3.05\n"
AGES = b"age,n,alcohol use\n12,2798,3.9\n18,2469,58.7\n19,2223,64.6\n"


@pytest.mark.parametrize(
    ("question", "name", "data", "shown"),
    [
        (
            "how many people were in prison in june 2020",
            "prisons.xlsx",
            PRISONS,
            "Total · 2020-06-30: 79,514",
        ),
        ("foreign nationals in prison 30 june 2019", "prisons.xlsx", PRISONS, "9,089"),
        ("robbery rate per 100k in maine 2016", "crimes.xlsx", CRIMES, "20.5"),
        ("murders in texas 2016", "crimes.xlsx", CRIMES, "1,478"),
        ("phosphorus at site b", "sites.xlsx", SITES, "0.17"),
        ("woodland in the uk in 2010", "woods.csv", WOODS, "3.05"),
        ("alcohol use of 18 year olds", "ages.csv", AGES, "58.7"),
    ],
)
def test_statistical_tables_are_matched(question, name, data, shown):
    """With dates as names, a total for all, rates beside numbers, and names that columns share."""
    found = match_cells(QuestionWords.of(question), tables(name, data)[0])

    assert shown.rpartition(": ")[2].replace(",", "") == found[0].cell.text.replace(",", "")


def test_a_sheet_of_another_year_has_no_answer():
    """Its heading names the year of all its rows."""
    sheet = workbook(
        [["Households, 2019"], ["Group", "Damp", "Cold"], ["poor", 12.5, 7.2], ["rich", 3.1, 2.2]]
    )
    (table,) = tables("homes.xlsx", sheet)

    assert match_cells(QuestionWords.of("damp homes of poor households in 2019"), table)
    assert not match_cells(QuestionWords.of("damp homes of poor households in 2020"), table)


def test_the_first_of_equal_rows_is_for_the_whole(tmp_path):
    """A table that repeats its rows for parts of the whole has the whole first."""
    pipeline = small_pipeline(tmp_path, [source("prisons.xlsx", PRISONS)], general_forms=(TablesForm(),))
    answer = pipeline.run("fine defaulters in prison on 30 june 2019")

    assert answer.short == "55"


def test_names_of_a_page_are_over_their_columns():
    """Without a name for the labels, and with two names over two columns each."""
    page = Page()
    rows = [
        ("", "Oxide", "", "Carbide", ""),
        ("", "2009", "2010", "2009", "2010"),
        ("Norway", "1", "2", "80", "81"),
        ("France", "40", "41", "16", "17"),
    ]
    for number_of_row, row in enumerate(rows):
        for x, words in zip((70, 260, 320, 380, 440), row, strict=True):
            if words:
                page.lines(x, 740 - 16 * number_of_row, [words], size=11)
    (table,) = tables("abrasives.pdf", page.bytes())

    assert [("Oxide", "2009"), ("Oxide", "2010"), ("Carbide", "2009"), ("Carbide", "2010")] == [
        cell.header for cell in table.rows[-1].values
    ]


def test_a_dialogue_is_no_list_of_names_and_values():
    """A name that recurs before whole sentences is a speaker."""
    play = b"Anna: The lake is deep.\n\nOtto: Is it?\n\nAnna: I measured it.\n\nRent: 50 euros\n"

    assert not [
        match
        for table in tables("play.txt", play)
        for match in match_cells(QuestionWords.of("What kind of doctor is Anna?"), table)
    ]


def test_a_value_gains_nothing_by_the_title():
    """The document is about Orinland, whichever value repeats its name."""
    data = (
        b'{"Capital": {"name": {"text": "Velden"}, "note": {"text": "Orinland has had it since 1820"}},'
        b' "Rivers": {"text": "the Orin"}}'
    )
    assert best("what's the capital of orinland", "orinland.json", data) == "Capital: Velden"


def test_a_remark_is_not_the_value():
    """It is beside the value under the same name."""
    data = b'{"Area": {"total": {"text": "92 sq km"}, "land": {"text": "90 sq km"}, "note": "with islands"}}'
    assert best("area of orinland", "orinland.json", data) == "Area · total: 92 sq km"


ORINLAND = b"""{"Folk": {"Population": {"total": {"text": "4,100 (2025 est.)"}, "male": {"text": "2,000"}},
"Life expectancy at birth": {"total population": {"text": "81 years"}, "male": {"text": "79 years"}}},
"State": {"Exec": {"chief of state": {"text": "President R. Tern (since 2020)"},
"cabinet": {"text": "appointed by the president"}}}, "Size": {"text": "<b>92</b>&nbsp;sq km"}}"""


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("how many people live in orinland?", "Folk · Population · total: 4,100 (2025 est.)"),
        ("what is the life span in orinland", "Folk · Life expectancy at birth · total population: 81 years"),
        ("who is president of orinland", "State · Exec · chief of state: President R. Tern (since 2020)"),
        ("what is the size of orinland", "Size: 92 sq km"),
    ],
)  # fmt: skip
def test_people_have_other_words_than_records(tmp_path, question, shown):
    """A phrase stands for the name of a property, the whole before its parts; tags aren't shown."""
    pipeline = small_pipeline(tmp_path, [source("orinland.json", ORINLAND)], general_forms=(TablesForm(),))

    assert [sentence.text for sentence in pipeline.run(question).sentences] == [shown]


SONGS = b"""school,league,song,writers,official,year,bpm,seconds_long
Tern,North,Sail On,Ana Moor,Yes,1908,152,64
Tern State,North,Old Tern,Bo Hill,No,1911,90,70
Sala,South,Rise Up,Cy Vale,Yes,1920,81,99
"""


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("writers of sala", "Sala · writers: Cy Vale"),
        ("bpm of the sala song", "Sala · bpm: 81"),
        ("what league is sala in", "Sala · league: South"),
    ],
)
def test_a_named_row_needs_none_of_its_other_labels(question, shown):
    """A row of many words is found by the one that no other row has."""
    assert best(question, "songs.csv", SONGS) == shown


def test_a_share_is_not_the_thing_itself():
    """It isn't shown with much confidence, unless the question asks for a share."""
    (table,) = tables("audience.csv", b"country,population_share,visitors\nTern,4.5,120\nSala,1.2,80\n")
    asked = {"population of tern": 0.8, "population share of tern": 1.0}

    for question, most in asked.items():
        [found, *_] = match_cells(QuestionWords.of(question), table)
        assert (found.cell.text, found.column_fit <= most) == ("4.5", True)
        assert (found.column_fit < 1.0) == (most < 1.0)


def test_a_verb_is_not_the_month_with_its_stem():
    """The stem of "marry" is "mar", which tables write for March."""
    assert set(table_words("marry")).isdisjoint(table_words("March"))


def test_a_row_that_lacks_a_named_one_is_not_meant():
    """The president is the name of other rows."""
    data = b"president,position,appointee\nTern,Minister,Ana Moor\nSala,Minister,Bo Hill\n"
    assert best("who was minister under sala", "cabinet.csv", data).endswith("Bo Hill")


def test_what_somebody_does_with_most_of_a_thing_names_no_column():
    """The thing names it; without a thing, what is done does."""
    (table,) = tables("ferries.csv", b"port,wine_servings,scored\nTern,12,3\nSala,40,1\n")
    questions = ["Which port drinks the most wine?", "Which port scored the most?"]
    found = [compute(question, "most", table) for question in questions]

    assert [one and [cell.text for cell in one.answer] for one in found] == [["Sala"], ["Tern"]]
