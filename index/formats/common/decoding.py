"""
Decode bytes as text: by the declared encoding, as UTF-8, or by the frequency of characters.

Every candidate encoding is decoded strictly and scored by how common its characters are in the languages
that are written in it. If no candidate has a clear lead, the file is unreadable rather than decoded wrongly.
ADR 23 compares this with charset-normalizer.
"""

import codecs
import functools
import re
from collections.abc import Callable, Iterator

from index.errors import UnreadableFile
from index.failures import FailureCode

SAMPLE = 8_000
"""Code points of a candidate that are scored."""

MIN_FITNESS, MIN_LEAD = 0.32, 0.08
"""Lowest score of an accepted candidate, and its lead over the next one; scores are from 0 to 1."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "utf-16": "utf-8",  # a declaration that was found as ASCII can't be in UTF-16
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
"""Encodings that browsers use for a declared one (https://encoding.spec.whatwg.org/#names-and-labels)."""

# The characters that make up about half of running text, most frequent first.
CHINESE = (
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能"
    "好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把"
    "法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西"
    "再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原"
)
TRADITIONAL = (
    "的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天而能"
    "好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把"
    "法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西"
    "再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員九笑性通目華報立馬命張活難神數件安表原"
)
KOREAN = (
    "이다는을의가에고하지로은를기리한어서사도인나자시아들해그대스라수일정있것여장전상원제보부국안주세구과게만었비성면미요"
    "소유신조무연우오관치경공생계동내마말중모드선화위르문간음와야용으당적학물때려양식분할실재진발까행방입회금데같명결되"
)
JAPANESE = (
    "日一国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名"
)

ARABIC = frozenset("اليمنوترهبدةعسكفقحأ")
MIN_ARABIC = 8
"""Letters that are needed: a few bytes of any encoding can be Arabic."""
ARABIC_WORD = re.compile(
    r"(?<![^\W\d_])[\u0621-\u063a\u0641-\u0652\u067e\u0686\u0698\u06a9\u06af]{2,}(?![^\W\d_])"
)

Fitness = Callable[[str, list[str]], float]
"""Score a sample by its non-ASCII characters, symbols excluded: from 0 to 1, higher is better."""

SYMBOLS = frozenset(
    "\u00a0‘’‚“”„•–—…€£¥§©®™°±²³·¹º«»¼½¾¿×÷†‡‰‹›\u200c\u200d\u200e\u200f"
    "،؛؟、。，．：；？！（）「」『』《》〈〉【】・ー～　％"
)
"""Characters that several encodings share, so that they tell little about which one it is."""

LATIN = "À-ÖØ-öø-ÿŒœŠšŽžŸ"
LATIN_WORD = re.compile(
    rf"(?<![\x80-\uffff])(?:(?<=[A-Za-z])[{LATIN}]{{1,2}}|[{LATIN}]{{1,2}}(?=[A-Za-z])|[àèéóáúýåöøÀÈÉÓÁÅÖØ])(?![\x80-\uffff])"
)
INSIDE_WORD = re.compile(r"(?<=[^\W\d_])[¹³¿£¥¼¾](?=[^\W\d_])|ì(?=[a-z])")
UNLIKELY_LETTERS = (("ø", "ìùòè"), ("õ", "û"), ("þ", "ãºüç"), ("ð", "üç"))
"""Letters that no Western language combines; they appear in Czech, Hungarian or Turkish read as cp1252."""


def decode(data: bytes) -> str:
    """
    Decode bytes of unknown encoding: by byte order mark, as UTF-8, or by character frequency.

    Raises:
        UnreadableFile: If the data is not text, or no encoding has a clear lead over the others.
    """
    if not data:
        return ""
    # UTF-16 without a mark comes before UTF-8: its zeros and ASCII letters are valid UTF-8, too.
    return _require_text(
        _decode_with_bom(data) or _decode_wide(data) or _utf8(data) or _decode_by_frequency(data)
    )


def decode_declared(data: bytes, label: str | None) -> str:
    """
    Decode bytes with the encoding that their content or envelope declares, if it fits.

    Args:
        data: The bytes.
        label: The declared encoding, in any spelling; an unknown one is ignored.

    Raises:
        UnreadableFile: As for :func:`decode`.
    """
    encoding = _python_name(label)
    if encoding is None or any(data.startswith(mark) for mark, _ in BYTE_ORDER_MARKS):
        return decode(data)
    if encoding == "cp1252" and (text := _utf8_or_none(data)) is not None:
        # Nearly all bytes are valid cp1252, while other encodings are hardly ever valid UTF-8 by chance.
        return _require_text(text)
    try:
        return _require_text(data.decode(encoding))
    except UnicodeError:  # a declaration is often wrong
        return decode(data)


def _python_name(label: str | None) -> str | None:
    """Return Python's name of a declared encoding, or of its superset; None if it is unknown."""
    try:
        name = codecs.lookup(label.strip().lower()).name if label else None
        b"".decode(name or "utf-8")  # raises LookupError for codecs such as base64, which don't decode text
    except (LookupError, ValueError):
        return None
    return SUPERSETS.get(name, name) if name else None


def _decode_with_bom(data: bytes) -> str | None:
    """Decode by byte order mark; None without one."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                detail = f"{encoding}, at byte {error.start:,}"
                raise UnreadableFile(FailureCode.INVALID_ENCODING, detail) from None
    return None


def _decode_wide(data: bytes) -> str | None:
    """Decode UTF-16 of Western text without a mark; None if it isn't that."""
    # Western text in UTF-16 has a zero in nearly every other byte; no other text has.
    even, odd = data[:SAMPLE:2], data[1:SAMPLE:2]
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if len(data) % 2 == 0 and zeros.count(0) > 0.5 * len(zeros) and others.count(0) < 0.05 * len(others):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                return None
    return None


def _utf8_or_none(data: bytes) -> str | None:
    """Decode strictly as UTF-8; None if it isn't."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _utf8(data: bytes) -> str | None:
    """
    Decode strictly as UTF-8; None if it isn't.

    Raises:
        UnreadableFile: If it is UTF-8 with a few damaged bytes, which no other encoding should be tried on.
    """
    try:
        text = data.decode("utf-8")
        # UTF-16 can be valid UTF-8 by chance, but is then full of control characters.
        return None if _has_controls(text) and len(data) % 2 == 0 else text
    except UnicodeDecodeError as error:
        lenient = data.decode("utf-8", errors="replace")
        valid = sum(character > "\x7f" for character in lenient) - lenient.count("\ufffd")
        # Text in another encoding has hardly any valid sequences of UTF-8.
        if valid > 3 * lenient.count("\ufffd"):
            detail = f"UTF-8, at byte {error.start:,}"
            raise UnreadableFile(FailureCode.INVALID_ENCODING, detail) from None
        return None


def _require_text(text: str) -> str:
    """
    Return *text* unchanged.

    Raises:
        UnreadableFile: If it is binary data.
    """
    if _has_controls(text):
        raise UnreadableFile(FailureCode.BINARY)
    return text


def _has_controls(text: str) -> bool:
    """Return whether more than 1 % of the first million characters are control characters."""
    start = text[:1_000_000]
    # Escape starts terminal colours, and ^Z ended files on CP/M and DOS: both occur in texts.
    controls = sum(start.count(chr(code)) for code in range(0x20) if chr(code) not in "\t\n\v\f\r\x1b\x1a")
    return controls * 100 > len(start)


def _decode_by_frequency(data: bytes) -> str:
    """
    Decode with the candidate whose characters are clearly the most common.

    Raises:
        UnreadableFile: If no candidate reaches the lowest score and the lead.
    """
    ranked = sorted(_candidates(data), key=lambda scored: scored[0], reverse=True)
    ranked += [(0.0, ""), (0.0, "")]  # so that there are two, however few encodings fit
    (best, text), (second, _) = ranked[:2]
    if best < MIN_FITNESS or best - second < MIN_LEAD:
        raise UnreadableFile(FailureCode.UNSUPPORTED_ENCODING)
    return text


def _candidates(data: bytes) -> Iterator[tuple[float, str]]:
    """Yield the score and text of every encoding that decodes all of *data* to printable text."""
    for encoding, fitness in _scorers():
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        non_ascii = [
            character for character in text[:SAMPLE] if character > "\x7f" and character not in SYMBOLS
        ]
        if not _has_controls(text):
            yield (fitness(text[:SAMPLE], non_ascii), text)


@functools.cache
def _scorers() -> tuple[tuple[str, Fitness], ...]:
    """Return the candidate encodings, each with the function that scores its text."""
    kana = "".join(map(chr, range(0x3041, 0x30FB)))
    kanji = frozenset(_level_1_characters("shift_jis", range(0x88, 0x98)))
    chinese = _score_characters(CHINESE, frozenset(_level_1_characters("gb2312", range(0xB0, 0xD8))))
    cyrillic = _score_words("а-яёіїєўґ", "А-ЯЁІЇЄЎҐ", "авикосуяАВИКОСУЯ", "оеаинтсрвлкмдп")
    japanese = _score_characters(kana + JAPANESE, kanji)
    eastern = _score_characters(kana + JAPANESE + CHINESE + TRADITIONAL + KOREAN, kanji)
    return (
        ("cp1252", _score_latin),
        ("cp1251", cyrillic),
        ("koi8_r", cyrillic),
        ("cp1253", _score_words("α-ωάέήίόύώϊϋΐΰς", "Α-ΩΆΈΉΊΌΎΏ", "ηοήΗΟΉ", "αοιετσνηυρπκςάίόή")),
        ("cp1256", _score_arabic),
        ("cp932", japanese),
        ("euc_jp", japanese),
        ("gb18030", chinese),
        ("big5", _score_characters(TRADITIONAL, frozenset(_level_1_characters("big5", range(0xA4, 0xC7))))),
        ("euc_kr", _score_characters(KOREAN, frozenset(_level_1_characters("euc_kr", range(0xB0, 0xC9))))),
        ("utf-16-le", _best_of(eastern, cyrillic)),
        ("utf-16-be", _best_of(eastern, cyrillic)),
    )


def _level_1_characters(encoding: str, leads: range) -> str:
    """Return the characters of a double-byte encoding with these lead bytes, which are its common ones."""
    pairs = (bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFF))
    return "".join(pair.decode(encoding, errors="ignore") for pair in pairs)


def _score_characters(frequent: str, known: frozenset[str]) -> Fitness:
    """Score characters: 1 for a frequent one, a third for one in daily use, 0 for any other."""
    most_frequent = frozenset(frequent)

    def fitness(text: str, non_ascii: list[str]) -> float:
        points = sum(3 if character in most_frequent else character in known for character in non_ascii)
        return points / (3 * len(non_ascii)) if non_ascii else 0.0

    return fitness


def _best_of(*scorers: Fitness) -> Fitness:
    """Combine scorers: text is as good as its best score."""
    return lambda text, non_ascii: max(scorer(text, non_ascii) for scorer in scorers)


def _score_latin(text: str, non_ascii: list[str]) -> float:
    """Score Western text by accented letters that are alone or in pairs among plain letters."""
    if not non_ascii:  # only symbols such as quotation marks, which cp1252 and others share
        return 0.5
    lowered = text.lower()
    if any(one in lowered and any(other in lowered for other in others) for one, others in UNLIKELY_LETTERS):
        return 0.0
    # Signs within a word are letters of another encoding: three times worse than a missing letter.
    unlikely = len(INSIDE_WORD.findall(text))
    return max(0.0, sum(len(match[0]) for match in LATIN_WORD.finditer(text)) - 3 * unlikely) / len(non_ascii)


def _score_arabic(text: str, non_ascii: list[str]) -> float:
    """Score Arabic text by whole words and frequent letters; French letters, which it also has, are apart."""
    letters = "".join(ARABIC_WORD.findall(text))
    if len(letters) < MIN_ARABIC:
        return 0.0
    points = sum(1 + 2 * (letter in ARABIC) for letter in letters)
    return points / (3 * len(non_ascii)) if non_ascii else 0.0


def _score_words(lower: str, upper: str, alone: str, frequent: str) -> Fitness:
    """
    Score a script with capitals by whole words, capitals only where words have them, and frequent letters.

    Args:
        lower: Its small letters, as a range of a regular expression.
        upper: Its capitals, likewise.
        alone: Letters that are words by themselves.
        frequent: Its most frequent letters.
    """
    word = re.compile(
        rf"(?<![^\W_])(?:[{upper}][{lower}]+|[{lower}]{{2,}}|[{upper}]{{2,}}|(?<!\S)[{alone}](?!\S))(?![^\W_])"
    )
    most_frequent = frozenset(frequent)

    def fitness(text: str, non_ascii: list[str]) -> float:
        # cp1251 read as koi8_r (and back) swaps capitals and small letters, so that case decides.
        letters = "".join(match[0] for match in word.finditer(text))
        points = sum(1 + (letter.lower() in most_frequent) + (letter in most_frequent) for letter in letters)
        return points / (3 * len(non_ascii)) if non_ascii else 0.0

    return fitness
