"""What kind of answer a question asks for; factual questions aren't taken for another kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.question_analysis import MAX_COUNT, MAX_LENGTH, QuestionKind, analyse_question


def kind(question: str) -> str:
    return analyse_question(question).kind.value


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("hi", "greeting"),
        ("Hey, good morning!", "greeting"),
        ("thanks a lot, that helped", "thanks"),
        ("Ok great, thank you so much!", "thanks"),
        ("ok bye", "farewell"),
        ("That's great!", "praise"),
        ("how are you?", "mood"),
        ("Who are you?", "identity"),
        ("are you a robot", "identity"),
        ("What can you do?", "help"),
        ("can you read pdf files?", "help"),
        ("good evening, nice to meet you", "greeting"),
        ("how does this work", "help"),
        ("help", "help"),
        ("that's wrong", "complaint"),
        ("ok", "praise"),
        ("never mind", "other"),
        ("Cheers, that's exactly what I was looking for.", "thanks"),
        ("just what i needed", "praise"),
        ("nothing else, thank you", "thanks"),
        ("ok that makes sense", "other"),
        ("hey can you help me", "help"),
        ("may i ask a question?", "help"),
        ("hello, I'm Anna", "greeting"),
        ("Merry Christmas to you all!", "greeting"),
        ("do you make mistakes?", "identity"),
        ("are my documents safe?", "identity"),
        ("you didn't answer my question", "complaint"),
        ("i don't get it", "complaint"),
        ("Guten Morgen", "greeting"),
        ("vielen Dank!", "thanks"),
        ("merci beaucoup", "thanks"),
        ("¿Qué puedes hacer?", "help"),
        ("chi sei?", "identity"),
        ("tchau", "farewell"),
        ("Dank je wel", "thanks"),
    ],
)
def test_small_talk_has_its_sort(question, sort):
    """Each sort has its own reply, in all languages with patterns."""
    analysis = analyse_question(question)

    assert (QuestionKind.SMALL_TALK, sort) == (analysis.kind, analysis.topic)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What is this about?", ""),
        ("what's it about", ""),
        ("Can you tell me what this file is about", ""),
        ("Summarise the document", ""),
        ("tl;dr", ""),
        ("key points?", ""),
        ("Give me the highlights of the 2016 annual report", "the 2016 annual report"),
        ("what is the viggo paper about?", "the viggo paper"),
        ("Can you summarize the lease for me, please?", "the lease"),
        ("the gist of the bp minutes?", "the bp minutes"),
        ("leave policy summary", "leave policy"),
        ("What are the main things the Act does?", "the Act"),
        ("tell me about sick leave", "sick leave"),
        ("what do these documents say about security?", "security"),
        ("Worum geht es in dem Dokument?", ""),
        ("Fasse mir den Mietvertrag kurz zusammen", "den Mietvertrag"),
        ("De quoi parle ce document ?", ""),
        ("fais-moi un résumé du rapport", "rapport"),
        ("¿De qué trata este documento?", ""),
        ("resumen del informe", "informe"),
        ("Di cosa parla questo documento?", ""),
        ("Quais são os principais pontos?", ""),
        ("Vat het rapport samen", "het rapport"),
    ],
)
def test_an_overview_has_its_topic(question, topic):
    """The topic is the named thing; it is empty for "this"."""
    analysis = analyse_question(question)

    assert (QuestionKind.OVERVIEW, topic) == (analysis.kind, analysis.topic)


@pytest.mark.parametrize(
    ("question", "focus"),
    [
        ("What are the main risks?", "risks"),
        ("biggest challenges of the programme", "challenges"),
        ("Was sind die größten Risiken?", "Risiken"),
        ("What were the main findings?", ""),
        ("summarise it", ""),
    ],
)
def test_an_overview_can_be_limited(question, focus):
    """It can be limited to risks, for example, but findings are in any overview."""
    assert focus == analyse_question(question).focus


def test_only_a_document_is_about_something():
    """ "What was the dispute about?" is a factual question; a request to summarise it is not."""
    assert analyse_question("What was the dispute about?").document_only
    assert not analyse_question("Summarise the dispute").document_only


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("Summarise the book in 3 sentences", 3),
        ("five key points of the charter", 5),
        ("Zusammenfassung in drei Sätzen", 3),
        ("top 99 takeaways of the charter", MAX_COUNT),
        ("summarise it in a few points", None),
    ],
)
def test_the_number_of_points_is_recognised(question, count):
    """It is limited to a reasonable number."""
    assert count == analyse_question(question).count


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Which documents are about section 508?", "section 508"),
        ("which file has crime figures for each state?", "crime figures for each state"),
        ("Where can I find the rules for jury duty?", "the rules for jury duty"),
        ("Do I have anything on mortgages?", "mortgages"),
        ("do i have any soup recipes?", "soup recipes"),
        ("do we have any songs about the sea", "songs about the sea"),
        ("is there a document about beer", "beer"),
        ("Where is OSCAL mentioned?", "OSCAL"),
        ("which of these documents are in German?", "German"),
        ("which files are spreadsheets?", "spreadsheets"),
        ("Welche Dokumente handeln von Urlaub?", "Urlaub"),
        ("Quels documents parlent de congés ?", "congés"),
        ("¿Qué documentos hablan de vacaciones?", "vacaciones"),
        ("quali documenti parlano di open source?", "open source"),
        ("Welke documenten gaan over verlof?", "verlof"),
    ],
)
def test_a_question_for_documents_is_recognised(question, topic):
    """Its topic is what the documents must deal with."""
    analysis = analyse_question(question)

    assert (QuestionKind.WHICH_DOCUMENT, topic) == (analysis.kind, analysis.topic)


def test_a_mention_is_less_than_a_document_about_it():
    """The focus is the word that says that a mention is enough."""
    assert "mention" == analyse_question("Which documents mention privacy?").focus
    assert "" == analyse_question("Which documents are about privacy?").focus


@pytest.mark.parametrize(
    "question",
    [
        "how much is it?",
        "What's the maximum?",
        "is that allowed?",
        "tell me more",
        "When?",
        "why",
        "Wie viel kostet das?",
        "combien ça coûte ?",
        "quanto costa?",
    ],
)
def test_a_question_of_vague_words_is_vague(question):
    """No word says what it is about."""
    assert "vague" == kind(question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the summary judgment standard?",
        "hi-fi price?",
        "Which document must be filed with the court?",
        "Hi, when is the invoice due?",
        "Thanks to whom did the expedition succeed?",
        "Who are you required to notify?",
        "What can you do with a drone in a national park?",
        "How does the blend knob work?",
        "What is the help desk's phone number?",
        "What are the main exports of Ireland?",
        "Which book did Darwin write in 1859?",
        "Which paper introduced the transformer?",
        "What documents do I need for the closing?",
        "What is the deadline for filing?",
        "Is a will necessary?",
        "What is in a will?",
        "How long is the US in session?",
        "What was decided at the meeting?",
        "Good Morning America host?",
        "what is 402?",
        "How old are you required to be to rent a car?",
        "Do you store dangerous goods?",
        "Can you help me renew my passport?",
        "Do I have any leave left?",
        "Does the form say exactly what I needed to send?",
    ],
)
def test_a_factual_question_stays_one(question):
    """Its words may be similar to those of another form."""
    assert "fact" == kind(question)


def test_a_follow_up_has_its_topic_in_brackets():
    """It asks for more about the topic of the conversation."""
    for question in ("Summarise it (Lake Sala)", "tell me more (Lake Sala)"):
        analysis = analyse_question(question)

        assert (QuestionKind.OVERVIEW, "Lake Sala") == (analysis.kind, analysis.topic)


def test_a_rewritten_question_is_not_vague():
    """Its topic follows in brackets."""
    assert "fact" == kind("How much is it? (Lake Sala ferry)")


def test_a_long_question_is_a_factual_one():
    """Patterns aren't matched against a page of text."""
    assert "fact" == kind("summarise " + "the very " * MAX_LENGTH)


@given(st.text(max_size=2 * MAX_LENGTH))
def test_hyp_any_text_has_a_kind_and_does_not_change(question):
    """The analysis has the text as typed."""
    assert question == analyse_question(question).text
