"""Choose the title of a document: what its metadata say, unless that is a file name or a placeholder."""

import re

_PLACEHOLDER = re.compile(
    r"""
      \W*(?:untitled|anonymous|unspecified|unknown|none|null|title|(?:no|sin|ohne|sans)\ ?tit(?:el|le|re|ulo)?
        |default|draft)
      (?:[\s_-]*(?:document|presentation|page|post|notebook|\d+))?\W*
    | (?:document|presentation|slide|page|sheet|layout|book|folie|mappe|dokument|präsentation|présentation
      |presentación|presentazione|diapositiva|classeur|libro|tabelle|feuil)[\s_-]*\d*
    | (?:new\ )?microsoft\ (?:office\ )?(?:word|excel|powerpoint)(?:\ (?:document|worksheet|presentation))?
    | (?:new|neues?|nouveau)\ .*\b(?:document|dokument|presentation|workbook|arbeitsblatt)
    | powerpoint(?:[\ -]pr[eäé]sentat?ion)? | pr[eäé]sentation\ powerpoint | presentation\ title
    | click\ to\ (?:edit|add)\ .* | your\ title\ here | home | index | main | print | scan\d* | img[\s_-]?\d+
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PROGRAM = re.compile(r"microsoft (?:office )?(?:word|excel|powerpoint) ?- ", re.IGNORECASE)
_FILE_NAME = re.compile(
    r"""
      (?:.*[/\\])?[^/\\]*\.(?:docx?m?|dotx?|pdf|dvi|ps|eps|tex|indd|qxp|qxd|pptx?|potx?|ppsx?|xlsx?m?|xls|rtf|txt|odt
      |odp|ods|html?|php|aspx?|exe|fm|book|pub|pmd|p65|cdr|ai|wpd|pages|key|numbers|tiff?|jpe?g|png|csv|xml|zip|tmp)
    | [a-z]:\\.* | file:.* | https?://\S+
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Of a note that thanks someone.
_NOTE_MARKS = re.compile(r"(?<=\w)\s*[*∗†‡]+\Z")
_WORD = re.compile(r"[^\W\d_]{2,}")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MAX_TITLE = 200
"""Characters of a heading that serves as a title."""


def useful_title(title: str | None) -> str | None:
    """
    Return a title of a file's metadata on one line; None if it says nothing about the document.

    >>> useful_title("Annual report 2017"), useful_title("0001065280-18-000069"), useful_title("10811.exe")
    ('Annual report 2017', None, None)
    """
    words = _NOTE_MARKS.sub("", " ".join((title or "").split()))
    if not words or _PROGRAM.match(words) or _PLACEHOLDER.fullmatch(words) or _FILE_NAME.fullmatch(words):
        return None
    if _WIDE.search(words):
        return words if len(words) > 1 else None
    found = _WORD.findall(words)
    # A number of a file or a case: "0001065280-18-000069", "88300 162..177", "FY21_10K_v3".
    is_identifier = " " not in words and (re.search(r"\d", words) or "_" in words or words.count("-") > 1)
    return words if any(len(word) > 2 for word in found) and not is_identifier else None
