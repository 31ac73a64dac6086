"""
From bytes to text without mojibake: what the file declares, then UTF-8, then what fits its letters.

General detectors look for the absence of oddities, and read a short Chinese sentence as Korean. Here every
candidate is decoded strictly and judged by how common its characters are in the languages written in it;
where none stands out, the file is unreadable rather than wrong.
"""

import codecs
import functools
import re
from collections.abc import Callable, Iterator

from index.errors import UnreadableFile
from index.failures import FailureCode

SAMPLE = 8_000
"""Code points a candidate is judged by."""

MIN_FITNESS, MIN_LEAD = 0.32, 0.08
"""A candidate's least score, and by how much it must beat the next; scores run from 0 to 1."""

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with UTF-16's mark, so it is tried first
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
    "utf-16": "utf-8",  # a declaration that could be read as ASCII can't be true
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
"""What a declared encoding means in practice (https://encoding.spec.whatwg.org/#names-and-labels)."""

# The characters that fill about half of running text, most frequent first.
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

Fitness = Callable[[str, list[str]], float]
"""From a sample and its characters beyond ASCII, symbols left out, to how well they fit, 0 to 1."""

SYMBOLS = frozenset(
    "\u00a0‘’‚“”„•–—…€£¥§©®™°±²³·¹º«»¼½¾¿×÷†‡‰‹›、。，．：；？！（）「」『』《》〈〉【】・ー～　％"
)
"""Characters that several encodings share and that say little about which one it is."""

LATIN = "À-ÖØ-öø-ÿŒœŠšŽžŸ"
LATIN_WORD = re.compile(
    rf"(?<![\x80-\uffff])(?:(?<=[A-Za-z])[{LATIN}]{{1,2}}|[{LATIN}]{{1,2}}(?=[A-Za-z])|[àèéóáúýåöøÀÈÉÓÁÅÖØ])(?![\x80-\uffff])"
)
INSIDE_WORD = re.compile(r"(?<=[^\W\d_])[¹³¿£¥¼¾](?=[^\W\d_])|ì(?=[a-z])")
UNLIKELY_LETTERS = (("ø", "ìùòè"), ("õ", "û"), ("þ", "ãºüç"), ("ð", "üç"))
"""Letters no Western language has together: Czech, Hungarian, Romanian, Turkish, read as cp1252."""


def decode(data: bytes) -> str:
    """
    Bytes of unknown encoding, as text: by byte order mark, as UTF-8, or as what fits the letters.

    Raises:
        UnreadableFile: If they are not text, or no encoding fits clearly better than the others.
    """
    if not data:
        return ""
    return _printable(
        _decode_with_bom(data) or _decode_wide(data) or _utf8(data) or _decode_by_frequency(data)
    )


def decode_declared(data: bytes, label: str | None) -> str:
    """
    Bytes whose own content or envelope names an encoding; the name is believed where it can be true.

    Raises:
        UnreadableFile: As for :func:`decode`.
    """
    encoding = _python_name(label)
    if encoding is None or any(data.startswith(mark) for mark, _ in BYTE_ORDER_MARKS):
        return decode(data)
    if encoding == "cp1252" and (text := _utf8_or_none(data)) is not None:
        return _printable(text)  # nearly any bytes pass for cp1252; UTF-8 by chance is next to impossible
    try:
        return _printable(data.decode(encoding))
    except UnicodeError:
        return decode(data)


def _python_name(label: str | None) -> str | None:
    try:
        name = codecs.lookup(label.strip().lower()).name if label else None
        b"".decode(name or "utf-8")  # a codec that isn't one of text is refused here
    except (LookupError, ValueError):
        return None
    return SUPERSETS.get(name, name) if name else None


def _decode_with_bom(data: bytes) -> str | None:
    """By byte order mark, or None where there is none."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                detail = f"{encoding}, at byte {error.start:,}"
                raise UnreadableFile(FailureCode.INVALID_ENCODING, detail) from None
    return None


def _decode_wide(data: bytes) -> str | None:
    """UTF-16 without a mark: Western text has a zero in nearly every other byte, which no other text has."""
    even, odd = data[:SAMPLE:2], data[1:SAMPLE:2]
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if len(data) % 2 == 0 and zeros.count(0) > 0.5 * len(zeros) and others.count(0) < 0.05 * len(others):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                return None
    return None


def _utf8_or_none(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _utf8(data: bytes) -> str | None:
    """Strictly UTF-8, or None; UTF-8 with a few damaged bytes is told apart from other encodings."""
    try:
        text = data.decode("utf-8")
        return None if _has_controls(text) and len(data) % 2 == 0 else text  # UTF-16 can pass for UTF-8
    except UnicodeDecodeError as error:
        lenient = data.decode("utf-8", errors="replace")
        whole = sum(character > "\x7f" for character in lenient) - lenient.count("\ufffd")
        if whole > 3 * lenient.count("\ufffd"):
            detail = f"UTF-8, at byte {error.start:,}"
            raise UnreadableFile(FailureCode.INVALID_ENCODING, detail) from None
        return None


def _printable(text: str) -> str:
    """
    The text itself, unless it is binary.

    Raises:
        UnreadableFile: If it is.
    """
    if _has_controls(text):
        raise UnreadableFile(FailureCode.BINARY)
    return text


def _has_controls(text: str) -> bool:
    """Whether more than one character in a hundred of its beginning is a control character."""
    start = text[:1_000_000]
    controls = sum(start.count(chr(code)) for code in range(0x20) if chr(code) not in "\t\n\v\f\r\x1b\x1a")
    return controls * 100 > len(start)


def _decode_by_frequency(data: bytes) -> str:
    """The candidate whose characters are clearly the commonest."""
    ranked = sorted(_candidates(data), key=lambda scored: scored[0], reverse=True)
    ranked += [(0.0, ""), (0.0, "")]
    (best, text), (second, _) = ranked[:2]
    if best < MIN_FITNESS or best - second < MIN_LEAD:
        raise UnreadableFile(FailureCode.UNSUPPORTED_ENCODING)
    return text


def _candidates(data: bytes) -> Iterator[tuple[float, str]]:
    for encoding, fitness in _judges():
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        foreign = [
            character for character in text[:SAMPLE] if character > "\x7f" and character not in SYMBOLS
        ]
        if not _has_controls(text):
            yield (fitness(text[:SAMPLE], foreign), text)


@functools.cache
def _judges() -> tuple[tuple[str, Fitness], ...]:
    kana = "".join(map(chr, range(0x3041, 0x30FB)))
    kanji = frozenset(_rows("shift_jis", range(0x88, 0x98)))
    chinese = _common(CHINESE, frozenset(_rows("gb2312", range(0xB0, 0xD8))))
    cyrillic = _words("а-яёіїєўґ", "А-ЯЁІЇЄЎҐ", "авикосуяАВИКОСУЯ", "оеаинтсрвлкмдп")
    japanese = _common(kana + JAPANESE, kanji)
    eastern = _common(kana + JAPANESE + CHINESE + TRADITIONAL + KOREAN, kanji)
    return (
        ("cp1252", _latin),
        ("cp1251", cyrillic),
        ("koi8_r", cyrillic),
        ("cp1253", _words("α-ωάέήίόύώϊϋΐΰς", "Α-ΩΆΈΉΊΌΎΏ", "ηοήΗΟΉ", "αοιετσνηυρπκςάίόή")),
        ("cp932", japanese),
        ("euc_jp", japanese),
        ("gb18030", chinese),
        ("big5", _common(TRADITIONAL, frozenset(_rows("big5", range(0xA4, 0xC7))))),
        ("euc_kr", _common(KOREAN, frozenset(_rows("euc_kr", range(0xB0, 0xC9))))),
        ("utf-16-le", _either(eastern, cyrillic)),
        ("utf-16-be", _either(eastern, cyrillic)),
    )


def _rows(encoding: str, leads: range) -> str:
    """A double-byte encoding's characters with these lead bytes: its first level, the ones in daily use."""
    pairs = (bytes((lead, trail)) for lead in leads for trail in range(0x40, 0xFF))
    return "".join(pair.decode(encoding, errors="ignore") for pair in pairs)


def _common(frequent: str, known: frozenset[str]) -> Fitness:
    """Fitness by character: 1 for a frequent one, a third for one in daily use, 0 for any other."""
    best = frozenset(frequent)

    def fitness(text: str, foreign: list[str]) -> float:
        points = sum(3 if character in best else character in known for character in foreign)
        return points / (3 * len(foreign)) if foreign else 0.0

    return fitness


def _either(*judges: Fitness) -> Fitness:
    return lambda text, foreign: max(judge(text, foreign) for judge in judges)


def _latin(text: str, foreign: list[str]) -> float:
    """Accented letters stand alone or in pairs among plain ones."""
    if not foreign:
        return 0.5
    folded = text.lower()
    if any(one in folded and any(other in folded for other in others) for one, others in UNLIKELY_LETTERS):
        return 0.0
    odd = len(INSIDE_WORD.findall(text))
    return max(0.0, sum(len(match[0]) for match in LATIN_WORD.finditer(text)) - 3 * odd) / len(foreign)


def _words(lower: str, upper: str, alone: str, frequent: str) -> Fitness:
    """Fitness of a script with capitals: whole words, capitals where they belong, frequent letters."""
    word = re.compile(
        rf"(?<![^\W_])(?:[{upper}][{lower}]+|[{lower}]{{2,}}|[{upper}]{{2,}}|(?<!\S)[{alone}](?!\S))(?![^\W_])"
    )
    best = frozenset(frequent)

    def fitness(text: str, foreign: list[str]) -> float:
        letters = "".join(match[0] for match in word.finditer(text))
        points = sum(1 + (letter.lower() in best) + (letter in best) for letter in letters)
        return points / (3 * len(foreign)) if foreign else 0.0

    return fitness
