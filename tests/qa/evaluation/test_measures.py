"""The measures against slow references, published definitions and hand-made cases."""

import random

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import R, nDCG

from index import Document, Span
from qa.evaluation.measures import MEASURES, EvalCase, Measure
from qa.evaluation.measures.answers import exact_match, f1
from qa.evaluation.measures.base import covered_characters, intersection_over_union, shared_characters
from qa.evaluation.measures.latency import percentile
from qa.evaluation.measures.retrieval import ndcg, ranked_documents, recall
from qa.evaluation.question_set import GoldSpan, Question
from qa.records import Answer
from tests.fakes.passages import document
from tests.fakes.scripted_pipeline import answer

CAT = document("The cat sat on the mat.", path="cat")
DOG = document("A dog lay under it.", path="dog")

spans = st.builds(
    lambda doc_id, start, length: Span(doc_id, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 30),
    st.integers(1, 15),
)
span_lists = st.lists(spans, max_size=6)


def characters(spans: list[Span]) -> set[tuple[str, int]]:
    """Return the set of all characters: the slow reference."""
    return {(span.doc_id, offset) for span in spans for offset in range(span.start, span.end)}


def measure(name: str) -> Measure:
    return next(measure for measure in MEASURES if measure.name == name)


def case(
    response: Answer,
    *gold: tuple[Document, int, int],
    answerable: bool | None = True,
    answers: tuple[str, ...] = (),
    relevant: tuple[Document, ...] = (),
    texts: dict[str, str] | None = None,
) -> EvalCase:
    """Return a case; the gold is (document, start, end)."""
    gold_spans = tuple(GoldSpan(doc.paths[0], start, end, doc.text[start:end]) for doc, start, end in gold)
    return EvalCase(
        question=Question("q", "?", answerable=answerable, answers=answers, spans=gold_spans),
        answer=response,
        gold=tuple(Span(doc.doc_id, start, end) for doc, start, end in gold),
        grades={doc.doc_id: 1 for doc in relevant},
        texts={doc.doc_id: doc.text for doc in (CAT, DOG)} if texts is None else texts,
        milliseconds=5.0,
    )


REFUSAL = answer(refused=True)


@given(span_lists)
def test_hyp_covered_characters_are_counted_once(first):
    """However spans overlap, nest and repeat, the union's size is that of the set of characters."""
    assert len(characters(first)) == covered_characters(first)


@given(span_lists, span_lists)
def test_hyp_shared_characters_are_those_in_both_sets(first, second):
    """The intersection of two unions is that of the two sets of characters."""
    assert len(characters(first) & characters(second)) == shared_characters(first, second)


@given(span_lists, span_lists)
def test_hyp_overlap_is_intersection_over_union(first, second):
    """Intersection over union is that of the two sets of characters, and 0 for nothing at all."""
    a, b = characters(first), characters(second)

    assert len(a & b) / max(1, len(a | b)) == intersection_over_union(first, second)


@pytest.mark.parametrize("seed", range(20))
def test_document_measures_equal_ir_measures(seed):
    """On random runs with grades from 0 to 3, recall@5 and ndcg@10 are what ir_measures computes."""
    generator = random.Random(seed)
    pool = [f"d{number}" for number in range(30)]
    ranking = generator.sample(pool, generator.randint(0, 25))
    grades = {doc_id: generator.randint(0, 3) for doc_id in generator.sample(pool, generator.randint(1, 20))}
    grades[generator.choice(pool)] = 1  # one at least is relevant
    qrels = [ir_measures.Qrel("q", doc_id, grade) for doc_id, grade in grades.items()]
    run = [ir_measures.ScoredDoc("q", doc_id, -rank) for rank, doc_id in enumerate(ranking)]

    expected = ir_measures.calc_aggregate([R @ 5, nDCG @ 10], qrels, run)

    assert pytest.approx(expected[R @ 5]) == recall(ranking, grades, 5)
    assert pytest.approx(expected[nDCG @ 10]) == ndcg(ranking, grades, 10)


def test_a_document_ranks_where_its_best_passage_does():
    """Of several passages of one document the first one counts, and the second take no rank."""
    assert [DOG.doc_id, CAT.doc_id] == ranked_documents(answer(passages=[DOG, DOG, CAT, DOG]))


def test_document_measures_are_read_from_the_passages():
    """One relevant document at rank 2: found, and its gain discounted by log2(3)."""
    found = case(answer(passages=[DOG, DOG, CAT]), relevant=(CAT,))

    assert measure("recall@5").values(found) == [1.0]
    assert pytest.approx([0.6309297535714575]) == measure("ndcg@10").values(found)


@pytest.mark.parametrize("name", ["recall@5", "ndcg@10"])
def test_document_measures_need_a_relevant_document(name):
    """Where no document is relevant there is nothing to find."""
    assert measure(name).values(case(answer(passages=[DOG]), relevant=())) == []


@pytest.mark.parametrize(
    ("response", "gold", "expected"),
    [
        ("the Denver  BRONCOS!", "Denver Broncos", 1.0),
        ("Denver", "Denver Broncos", 2 / 3),
        ("Broncos Broncos", "Denver Broncos", 1 / 2),
        ("Panthers", "Denver Broncos", 0.0),
        ("the", "a", 1.0),  # both without words: equal, as SQuAD 2.0 has it
        ("the", "cat", 0.0),
    ],
)
def test_f1_counts_shared_words(response, gold, expected):
    """Case, punctuation, articles and white space don't count; a repeated word counts once."""
    assert pytest.approx(expected) == f1(response, gold)


def test_exact_match_forgives_case_punctuation_and_articles():
    """SQuAD's normalisation, then equality with any of the gold answers."""
    assert exact_match("The cat.", ("a dog", "Cat")) == 1.0
    assert exact_match("black cat", ("a dog", "Cat")) == 0.0


def test_the_best_gold_answer_counts():
    """An answer is compared with each gold answer, and the best value counts."""
    example = case(answer((CAT, 0, 23), short=(4, 7)), answers=("mat", "big cat"))

    assert pytest.approx([2 / 3]) == measure("f1").values(example)
    assert measure("exact_match").values(example) == [0.0]


@pytest.mark.parametrize("name", ["exact_match", "f1", "citation_recall", "citation_iou", "answer_span_iou"])
def test_refusing_an_answerable_question_scores_0(name):
    """Refusing doesn't improve a figure."""
    assert measure(name).values(case(REFUSAL, (CAT, 4, 7), answers=("cat",))) == [0.0]


@pytest.mark.parametrize("name", ["exact_match", "f1"])
def test_word_measures_need_a_gold_answer(name):
    """Without a gold answer they are undefined for every response."""
    assert measure(name).values(case(answer((CAT, 0, 23)), (CAT, 4, 7))) == []


def test_citation_measures_count_characters():
    """Twelve characters cited, ten gold, four both: 4/12, 4/10 and 4/18; all documents count."""
    example = case(answer((CAT, 0, 8), (DOG, 0, 4)), (CAT, 4, 12), (DOG, 10, 12))

    assert pytest.approx([4 / 12]) == measure("citation_precision").values(example)
    assert pytest.approx([4 / 10]) == measure("citation_recall").values(example)
    assert pytest.approx([4 / 18]) == measure("citation_iou").values(example)


@pytest.mark.parametrize("name", ["citation_precision", "citation_recall", "citation_iou", "answer_span_iou"])
def test_span_measures_need_a_gold_span(name):
    """Where the set doesn't say where the answer is, no citation is right or wrong."""
    assert measure(name).values(case(answer((CAT, 0, 8)), answerable=None)) == []


@pytest.mark.parametrize("response", [REFUSAL, answer()])
def test_citation_precision_needs_a_citation(response):
    """Nothing cited is neither right nor wrong."""
    assert measure("citation_precision").values(case(response, (CAT, 0, 3))) == []


@pytest.mark.parametrize("name", ["citation_recall", "citation_iou"])
def test_an_answer_without_footnotes_cites_nothing(name):
    """An unsupported answer recalls no gold character."""
    assert measure(name).values(case(answer(), (CAT, 0, 3))) == [0.0]


def test_short_answer_is_compared_with_closest_phrase():
    """'cat' against 'The cat' shares three of seven characters; against 'mat' none."""
    example = case(answer((CAT, 0, 23), short=(4, 7)), (CAT, 0, 7), (CAT, 19, 22), answers=("The cat", "mat"))

    assert pytest.approx([3 / 7]) == measure("answer_span_iou").values(example)


def test_a_gold_sentence_is_not_a_phrase():
    """A gold span whose words aren't a gold answer doesn't count as a phrase."""
    example = case(answer((CAT, 0, 23), short=(4, 7)), (CAT, 0, 23), answers=("cat",))

    assert measure("answer_span_iou").values(example) == []


def test_an_answer_without_a_short_one_misses_the_phrase():
    """Where the gold is a phrase, a whole sentence is not its span."""
    assert measure("answer_span_iou").values(case(answer((CAT, 0, 23)), (CAT, 4, 7), answers=("cat",))) == [
        0.0
    ]


@pytest.mark.parametrize(
    ("response", "answerable", "precision", "recalled"),
    [
        (REFUSAL, False, [1.0], [1.0]),
        (REFUSAL, True, [0.0], []),
        (answer((CAT, 0, 3)), False, [], [0.0]),
        (answer((CAT, 0, 3)), True, [], []),
        (REFUSAL, None, [], []),
    ],
)
def test_refusal_measures_count_refusals(response, answerable, precision, recalled):
    """Precision is over the refusals, recall over the unanswerable; neither where the set doesn't say."""
    example = case(response, answerable=answerable)

    assert precision == measure("refusal_precision").values(example)
    assert recalled == measure("refusal_recall").values(example)


def test_pointers_are_checked_against_the_snapshot():
    """A footnote that agrees with its own document fails if the snapshot's text differs or is missing."""
    texts = {CAT.doc_id: CAT.text.replace("cat", "rat")}
    example = case(answer((CAT, 8, 11), (CAT, 0, 7), (DOG, 0, 5)), texts=texts)

    assert measure("pointer_validity").values(example) == [1.0, 0.0, 0.0]


def test_a_pointer_past_the_end_of_the_text_fails():
    """A slice that runs out is shorter than the words cited."""
    texts = {CAT.doc_id: CAT.text[:-1]}

    assert measure("pointer_validity").values(case(answer((CAT, 19, 23)), texts=texts)) == [0.0]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.integers(1, 100))
def test_hyp_percentile_is_by_nearest_rank(values, percent):
    """It is the least of the values with at least *percent* of all at or below it."""
    enough = [
        value for value in values if 100 * sum(other <= value for other in values) >= percent * len(values)
    ]

    assert min(enough) == percentile(values, percent)


def test_every_measure_is_described():
    """Each has a name of its own, one line for people, and a source."""
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
    assert all(measure.description and "\n" not in measure.description for measure in MEASURES)
    assert all(measure.source for measure in MEASURES)
