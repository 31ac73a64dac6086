"""
Follow-up questions: what leans on the conversation becomes a question in words, and
nothing else changes.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.english import MAX_CHARACTERS, MAX_WORD
from qa.answering.query_rewriting import (
    MAX_CARRIED,
    RECENT_CHARACTERS,
    RECENT_EXCHANGES,
    is_follow_up,
    recent_history,
    rewrite_question,
)
from qa.records import Turn

ROME = "Why was the Eastern Roman Empire called the Byzantine Empire?"
LAKE = "Who mapped Lake Orin?"
MURDERS = "how many murders were there in texas in 2016?"
REVENUE = "What was the revenue of Disney in 2019?"


def turns(*questions: str) -> list[Turn]:
    """Return the questions as turns, with an answer that doesn't matter."""
    return [Turn(question, "nobody knows.") for question in questions]


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        (REVENUE, "And Netflix?", "What was the revenue of Netflix in 2019?"),
        ("what does section 3 say about dogs?", "and in section 4?", "what does section 4 say about dogs?"),
        ("which missiles did they fire?", "how many are there", "how many missiles are there"),
        (REVENUE, "and in 2015?", "What was the revenue of Disney in 2015?"),
        ("What was Disney's revenue in 2019?", "And Netflix?", "What was Netflix's revenue in 2019?"),
        (MURDERS, "what about ohio?", "how many murders were there in ohio in 2016?"),
        (MURDERS, "how many in ohio?", "how many murders were there in ohio in 2016?"),
        (MURDERS, "hmm and what about ohio then?", "how many murders were there in ohio in 2016?"),
        ("rent in november", "and for march 2024?", "rent in march 2024"),
        ("population of texas", "and ohio?", "population of ohio"),
        ("revenue Q3 2022", "and Q4?", "revenue Q4 2022"),
        ("how much was spent on rent in june?", "july?", "how much was spent on rent in july?"),
        (
            "who was in prison in june 2020",
            "and a year earlier, june 2019?",
            "who was in prison in june 2019",
        ),
        ("is the pool open on monday?", "and the gym?", "is the gym open on monday?"),
        (MURDERS, "and the year before?", "how many murders were there in texas in 2015?"),
        (
            MURDERS,
            "how does that compare to ohio?",
            "how many murders were there in texas in 2016 compared to ohio?",
        ),
        ("who wrote the opinion in a v. b?", "and in chatrie?", "who wrote the opinion in chatrie?"),
        ("Who is the CEO of Apple?", "and the CFO?", "Who is the CFO of Apple?"),
        ("Who is the CEO of Apple?", "and Microsoft?", "Who is the CEO of Microsoft?"),
        ("how long is ireland's coast?", "and the land border?", "how long is ireland's land border?"),
        ("Which rivers cross Norway?", "and Sweden?", "Which rivers cross Sweden?"),
        ("Does the warranty cover batteries?", "And screens?", "Does the warranty cover screens?"),
        ("How do I reset my password?", "and on a phone?", "How do I reset my password on a phone?"),
        ("when does the lease start?", "and end?", "when does the lease end?"),
        ("What is user 'nobody' for?", "And the www-data user?", "What is the www-data user for?"),
        ("What does the 'Aged' trait do?", "and 'Dim'?", "What does the 'Dim' trait do?"),
        (
            "How much is the monthly fee for guests?",
            "the annual fee?",
            "How much is the annual fee for guests?",
        ),
        ("What was revenue in 2019?", "2020?", "What was revenue in 2020?"),
        ("Is smoking allowed on the balcony?", "in the hall?", "Is smoking allowed in the hall?"),
        ("Who wrote chapter 2?", "and 3?", "Who wrote chapter 3?"),
        ("Summarise the lease", "and the contract?", "Summarise the contract"),
        ("What is the price of the basic plan?", "the full one?", "What is the price of the full plan?"),
        ("How do I bake bread?", "at what temperature?", "at what temperature do I bake bread?"),
        ("What is the maximum speed?", "and the minimum?", "What is the minimum speed?"),
        ("How many days off do I get?", "and part-timers?", "How many days off do part-timers get?"),
        ("Can I keep a dog in the flat?", "a cat?", "Can I keep a cat in the flat?"),
        ("Where does the Penobscot River end?", "The west branch.", "Where does the west branch end?"),
        ("What is the late fee for rent?", "same for the garage?", "What is the late fee for the garage?"),
        ("Does the warranty cover the battery?", "the screen?", "Does the warranty cover the screen?"),
        ("What did the board decide about the pool?", "the gym?", "What did the board decide about the gym?"),
        ("How do I apply for a permit?", "online?", "How do I apply for a permit online?"),
        (
            "How many days off do adults get?",
            "does the same apply to kids?",
            "How many days off do kids get?",
        ),
        (
            "what did ann try to open the tin with?",
            "and what did bob try?",
            "what did bob try to open the tin with?",
        ),
        (
            "what is the maximum fine for a first offense under the dmca?",
            "and for repeat offenders?",
            "what is the maximum fine for repeat offenders under the dmca?",
        ),
        (
            "how many fatalities did malaysia airlines have between 2000 and 2014?",
            "what about kenya airways?",
            "how many fatalities did kenya airways have between 2000 and 2014?",
        ),
    ],
)
def test_a_fragment_replaces_its_counterpart(earlier, question, expected):
    """A name replaces a name, a year a year, and a noun a noun; the rest stays."""
    assert expected == rewrite_question(question, turns(earlier))


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        (MURDERS, "sorry, i meant new mexico", "how many murders were there in new mexico in 2016?"),
        (MURDERS, "no, ohio", "how many murders were there in ohio in 2016?"),
        (MURDERS, "not texas, ohio", "how many murders were there in ohio in 2016?"),
        ("How large are Jupiter's rings?", "Oh, I meant Saturn", "How large are Saturn's rings?"),
        (
            "how many people died on air india?",
            "no, i meant 2000 to 2014",
            "how many people died on air india from 2000 to 2014?",
        ),
        (
            "how much leave can i carry over?",
            "no i mean military leave, how much of that can i carry over?",
            "how much of military leave can i carry over?",
        ),
        (MURDERS, "ohio i mean", "how many murders were there in ohio in 2016?"),
        (MURDERS, "ohio, not texas", "how many murders were there in ohio in 2016?"),
        (MURDERS, "robberies not murders", "how many robberies were there in texas in 2016?"),
        (MURDERS, "make that 2015", "how many murders were there in texas in 2015?"),
        (MURDERS, "wrong year, 2015", "how many murders were there in texas in 2015?"),
        (MURDERS, "sorry, i wanted ohio", "how many murders were there in ohio in 2016?"),
        (
            MURDERS,
            "that's not what i asked, i asked about ohio",
            "how many murders were there in ohio in 2016?",
        ),
    ],
)
def test_a_correction_changes_the_last_question(earlier, question, expected):
    """The corrected words replace the wrong ones."""
    assert expected == rewrite_question(question, turns(earlier))


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        ("Who founded Microsoft in 1975?", "When?", "When was Microsoft founded in 1975?"),
        ("Who wrote the letters?", "Why?", "Why were the letters written?"),
        ("can I keep a dog?", "why not?", "why can't I keep a dog?"),
        ("Does it cost money?", "why not?", "why doesn't it cost money?"),
        ("When was Microsoft founded?", "By whom?", "by whom was Microsoft founded?"),
        ("When was Microsoft founded?", "who?", "by whom was Microsoft founded?"),
        ("When did Google buy YouTube?", "for how much?", "for how much did Google buy YouTube?"),
        ("When did Google buy YouTube?", "Why?", "Why did Google buy YouTube?"),
        ("Did Apple open a store in Rome?", "When?", "When did Apple open a store in Rome?"),
        ("Was anyone hurt?", "how many?", "how many people were hurt?"),
        ("Who signed the contract?", "Who else?", "Who else signed the contract?"),
    ],
)
def test_a_bare_question_word_replaces_the_last_one(earlier, question, expected):
    """The previous question gets the new question word, in the order of a question."""
    assert expected == rewrite_question(question, turns(earlier))


@pytest.mark.parametrize(
    ("earlier", "answer", "question", "expected"),
    [
        (ROME, "", "What was its religion?", "What was the Eastern Roman Empire's religion?"),
        (LAKE, "", "And when was it mapped?", "when was Lake Orin mapped?"),
        ("Who wrote Hamlet?", "Shakespeare wrote it.", "When was he born?", "When was Shakespeare born?"),
        ("Who is Marcus Webb?", "He leads Sales.", "Where does he work?", "Where does Marcus Webb work?"),
        ("Summarise the armistice", "", "When was it signed?", "When was the armistice signed?"),
        ("Who will be at home?", "My husband Jonas will.", "when?", "when will Jonas be at home?"),
        ("Who leads it?", "Tim Cook", "How old is he?", "How old is Tim Cook?"),
        ("What is the capital of Spain?", "Madrid", "Who lives there?", "Who lives in Madrid?"),
        ("who is janet mills?", "A governor.", "who sued her?", "who sued janet mills?"),
        ("what does pep 602 propose?", "", "who was it written by?", "who was pep 602 written by?"),
        (
            "how many vacation days do employees get?",
            "24",
            "can they carry them over?",
            "can employees carry vacation days over?",
        ),
        (
            "how many vacation days do employees get?",
            "24",
            "when do they expire?",
            "when do employees expire? (vacation days)",
        ),
        (
            "who wrote the report on the collapse?",
            "Anna Keller.",
            "what does it say about the cause?",
            "what does the report on the collapse say about the cause?",
        ),
        ("Who mapped Lake Orin?", "Keller.", "anyone else?", "who else mapped Lake Orin?"),
        (
            "who was the judge at the motion hearing?",
            "Judge Alsup.",
            "how long did it take?",
            "how long did the motion hearing take?",
        ),
        (
            "what was firefox called first?",
            "Phoenix.",
            "why did they change it?",
            "why did they change firefox?",
        ),
        (
            "what is a key recovery agent?",
            "",
            "how many of them are there?",
            "how many of key recovery agents are there?",
        ),
        (
            "what is the rate on the loan?",
            "4%",
            "when does it change?",
            "when does the rate on the loan change?",
        ),
        (
            "What do the Ford and the Fiat need?",
            "",
            "Which one is new?",
            "Which of the Ford and the Fiat is new?",
        ),
        ("What does copper sulphate do?", "", "Does that hurt wheat?", "Does copper sulphate hurt wheat?"),
        (
            "who's the president of ireland?",
            "Catherine Connolly is the President of Ireland.",
            "since when?",
            "since when is Catherine Connolly the president of ireland?",
        ),
    ],
)
def test_a_pronoun_becomes_what_it_refers_to(earlier, answer, question, expected):
    """It refers to a phrase of the previous question, or to a name in its answer."""
    assert expected == rewrite_question(question, [Turn(earlier, answer)])


@pytest.mark.parametrize(
    ("earlier", "questions", "expected"),
    [
        ("what does a basic member pay?", ["and retired?"], "what does a retired member pay?"),
        ("what does a basic member pay?", ["and invited?"], "what does an invited member pay?"),
        ("what does a retired member pay?", ["what about visiting?"], "what does a visiting member pay?"),
        (
            "what does a basic member pay?",
            ["and retired?", "what about visiting?"],
            "what does a visiting member pay?",
        ),
        ("how long does the warranty last?", ["and cleaning?"], "how long does cleaning last?"),
    ],
)
def test_a_participle_replaces_a_modifier(earlier, questions, expected):
    """It can't stand for the thing itself, unless it names one as *cleaning* does."""
    *before, last = questions
    assert expected == rewrite_question(last, turns(earlier, *before))


@pytest.mark.parametrize(
    ("earlier", "answer", "question", "expected"),
    [
        (
            "how do i renew my card?",
            "",
            "how long does that take?",
            "how long does it take to renew my card?",
        ),
        ("how many voted for the plan?", "", "and against?", "how many voted against the plan?"),
        ("how do i reset the pump?", "", "which button?", "which button? (pump)"),
        ("how much is the fee for students?", "", "and if I'm a member?", "and if I'm a member? (students)"),
        ("what can I bring?", "A tent and a stove.", "what about the second one?", "what about a stove?"),
        ("what can I bring?", "A tent.", "what about the second one?", "what about the second one?"),
        (
            "how long does the first phase take?",
            "",
            "and the second?",
            "how long does the second phase take?",
        ),
    ],
)
def test_a_short_question_asks_of_what_was_said(earlier, answer, question, expected):
    """It asks of the action, an item of the answer, or the opposite; otherwise the topic is added."""
    assert expected == rewrite_question(question, [Turn(earlier, answer)])


def test_a_condition_replaces_the_earlier_one():
    """Its pronoun is left alone: what it means is in the earlier condition, which is no phrase."""
    rewritten = rewrite_question("and if it's not my fault?", turns("what happens when a payment is late?"))

    assert rewritten == "what happens if it's not my fault? (payment, late)"
    asked = rewrite_question("and if I pay late?", turns("do you know when the rent is due?"))
    assert not asked.startswith("do you know if I pay late")


@pytest.mark.parametrize(
    ("question", "earlier", "expected"),
    [
        ("is that a hard limit?", ["how long is the trial period?"], "trial period"),
        ("What is the difference?", ["What are gross and net pay?"], "gross, net pay"),
        ("Are those the only steps?", ["Tell me about node sync."], "node sync"),
        ("phone number?", ["how do i apply for a permit?"], "permit"),
        ("any exceptions?", ["how do i apply for a permit?"], "permit"),
        ("and if i move?", ["how do i apply for a permit?"], "permit"),
        ("how do i renew?", ["how do i apply for a permit?"], "permit"),
        ("can someone else do it?", ["how do i apply for a permit?"], "permit"),
        ("and last year?", ["what were the sales in march 2023?"], "sales"),
        ("is there a maximum?", ["what is the late fee for rent?"], "late fee, rent"),
        ("where does it say that?", ["what is the late fee for rent?"], "late fee, rent"),
        ("is that per year?", ["how many vacation days do employees get?"], "vacation days, employees"),
        ("Roosevelt involvement", ["I think the Soviets were sneaky in that war."], "Soviets, sneaky, war"),
    ],
)
def test_without_a_rule_the_topic_follows_in_brackets(question, earlier, expected):
    """A person can see what was added."""
    assert f"{question} ({expected})" == rewrite_question(question, turns(*earlier))


@pytest.mark.parametrize(
    "opening",
    [
        "OK thanks.",
        "great, thank you for that!",
        "different topic:",
        "how much did the... sorry, wrong book.",
    ],
)
def test_what_is_said_before_another_topic_is_taken_away(opening):
    """The question after it is self-contained."""
    assert "when was the dmca signed?" == rewrite_question(
        f"{opening} when was the dmca signed?", turns(LAKE)
    )


@pytest.mark.parametrize(
    "question",
    [
        "When is the invoice due?",
        "How much is the filing fee?",
        "when was the dmca signed?",
        "how many violent crimes were there in vermont in 2016?",
        "who maintains seamonkey?",
        "What is the capital of France?",
        "Which rivers are navigable in Norway?",
        "Who was Napoleon and when did he die?",
        "What happens if my friend loses her key?",
        "Is it safe to eat raw eggs?",
        "Is it necessary to have a will?",
        "How many people say that towers lean?",
        "How warm was Paris this year?",
        "No smoking areas in the building",
        "Red Hat OpenShift",
        "I want the invoice number",
        "how much did the plumber charge for the radiator?",
        "which stone has its own month?",
        "how long does it take until the card arrives?",
        "NodeSync",
        "日本の首都はどこですか",
        "Кто построил эту большую башню?",
        "Wie hoch ist der Eiffelturm heute?",
        "",
        "?!",
    ],
)
def test_a_self_contained_question_is_not_changed(question):
    """The history makes no difference."""
    assert question == rewrite_question(question, turns(LAKE, ROME, REVENUE))


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        ("Wie viele Urlaubstage habe ich?", "und ab wann?", "und ab wann? (Wie viele Urlaubstage habe ich)"),
        ("Combien coûte le forfait ?", "et pourquoi ?", "et pourquoi ? (Combien coûte le forfait)"),
        ("Hoeveel kost het abonnement?", "en waarom?", "en waarom? (Hoeveel kost het abonnement)"),
        ("wie hoch war der Umsatz 2019?", "und 2020?", "wie hoch war der Umsatz 2020?"),
    ],
)
def test_in_another_language_the_topic_follows_in_brackets(earlier, question, expected):
    """This is for questions with *and*, corrections and fragments; a year replaces the other year."""
    assert expected == rewrite_question(question, turns(earlier))


@pytest.mark.parametrize(
    ("earlier", "question", "expected"),
    [
        ("Wie lange ist die Probezeit?", "Und die Kündigungsfrist?", "Wie lange ist die Kündigungsfrist?"),
        ("Wer leitet die Abteilung Einkauf?", "und Verkauf?", "Wer leitet die Abteilung Verkauf?"),
        ("Combien pour les enfants ?", "et pour les adultes ?", "Combien pour les adultes?"),
        ("Qui est le directeur de l'école ?", "et le secrétaire ?", "Qui est le secrétaire de l'école?"),
        ("Quanto costa il biglietto?", "E l'abbonamento?", "Quanto costa l'abbonamento?"),
        ("Wie is de baas van de raad?", "en de schrijver?", "Wie is de schrijver van de raad?"),
        ("wie hoch war der Umsatz 2019?", "und der Gewinn 2020?", "wie hoch war der Gewinn 2020?"),
        ("Wie viele Tage Urlaub habe ich?", "nein, Sonderurlaub", "Wie viele Tage Sonderurlaub habe ich?"),
        ("¿Cuánto cuesta el plan básico?", "quise decir el premium", "Cuánto cuesta el premium?"),
    ],
)  # fmt: skip
def test_in_another_language_a_phrase_is_replaced(earlier, question, expected):
    """The last phrase is, or the one that the last one belongs to; an article goes with its noun."""
    assert expected == rewrite_question(question, turns(earlier))


def test_without_history_no_question_changes():
    """There is nothing to complete it with."""
    assert rewrite_question("Why did they do it?", []) == "Why did they do it?"


def test_follow_ups_build_on_each_other():
    """Each is rewritten with the rewritten question before it."""
    assert "What was the revenue of Netflix in 2015?" == rewrite_question(
        "and in 2015?", turns(REVENUE, "And Netflix?")
    )


def test_a_topic_lasts_until_a_question_names_another():
    """A new topic replaces the whole old one."""
    asked = [REVENUE, "And Netflix?", LAKE]

    assert rewrite_question("Why?", turns(*asked)) == "Why was Lake Orin mapped?"


def test_no_word_is_added_twice():
    """Plural and genitive of a word count as the same word."""
    assert rewrite_question("Is this river long?", turns("What are rivers?")) == "Is this river long?"


def test_long_and_hostile_history_is_cut():
    """Few words are added, and none is too long."""
    hostile = turns("x" * 1_000_000, "apple " * 200_000, "<script>alert(1)</script> " * 50_000) * 100

    question = rewrite_question("Why is it?", hostile)

    assert len(question) <= len("Why is it?") + MAX_CARRIED * (MAX_WORD + 2) + 3
    assert "<" not in question


def test_recent_history_has_the_last_turns():
    """A refused question has no answer and still counts; an empty turn does not."""
    earlier = [Turn("Who?", "Fuad."), Turn("", ""), Turn("When?"), Turn("Where?", "Cairo.")]

    assert recent_history(earlier) == ["When?", "Where? Cairo."]
    assert recent_history([]) == []


def test_recent_history_is_limited():
    """Neither the number nor the length of turns matters."""
    heard = recent_history([Turn("Why?", "Because. " * 100_000)] * 50)

    assert len(heard) == RECENT_EXCHANGES
    assert all(len(text) <= RECENT_CHARACTERS for text in heard)


exchanges = st.lists(st.builds(Turn, st.text(), st.text()), max_size=4)
nouns = st.sampled_from("river Egypt tower wheat Paris engine copper border pay lake".split())


@given(question=st.text(), earlier=exchanges)
def test_hyp_the_rewritten_question_has_a_bounded_length(question, earlier):
    """This holds for any question and history."""
    longest = max((len(exchange.question) + len(exchange.answer) for exchange in earlier), default=0)

    assert len(rewrite_question(question, earlier)) <= 20 * (len(question) + longest + MAX_CHARACTERS)


@given(subject=nouns, place=nouns, earlier=exchanges)
def test_hyp_a_question_with_nouns_is_not_changed(subject, place, earlier):
    """It has no pronoun, so the history makes no difference."""
    question = f"Where does the {subject} meet the {place}?"

    assert question == rewrite_question(question, earlier)


@given(subject=nouns, pronoun=st.sampled_from(["it", "this", "that"]))
def test_hyp_a_pronoun_adds_the_previous_noun(subject, pronoun):
    """The noun of the previous question is part of the new one."""
    assert subject in rewrite_question(f"Where is {pronoun}?", turns(f"What is the {subject}?"))


@given(question=st.text())
def test_hyp_only_a_follow_up_is_rewritten(question):
    """Every other question is returned unchanged."""
    assert is_follow_up(question) or question == rewrite_question(question, turns(LAKE))
