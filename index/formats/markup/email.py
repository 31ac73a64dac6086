"""Read e-mail messages: headers, text and forwarded messages; other attachments by name."""

import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser

from index.formats.common.decoding import decode_declared
from index.formats.common.tables import pair_blocks
from index.formats.common.text_tables import text_blocks
from index.formats.markup.html import html_blocks
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

SHOWN_HEADERS = ("From", "To", "Cc", "Date")
READ_TYPES = ("text/plain", "text/html")


def read_eml(data: bytes, limits: Limits) -> ParsedFile:
    """Read a message; its title is the subject."""
    message = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(data)
    return ParsedFile("message/rfc822", _subject(message) or None, tuple(_blocks(message)))


def _subject(message: EmailMessage) -> str:
    return " ".join(str(message["Subject"] or "").split())


def _blocks(message: EmailMessage) -> Iterator[ParsedBlock]:
    if subject := _subject(message):
        yield ParsedBlock(BlockKind.HEADING, subject, level=1)
    values = ((name, " ".join(str(message[name] or "").split())) for name in SHOWN_HEADERS)
    yield from pair_blocks((name, value) for name, value in values if value)
    yield from _content(message)


def _content(part: MIMEPart) -> Iterator[ParsedBlock]:
    """Yield the text of a part or its parts; of an attachment its name, and its text if it is inline."""
    kind = part.get_content_type()
    inner = part.get_content() if kind == "message/rfc822" else None
    if isinstance(inner, EmailMessage):
        yield from _blocks(inner)
    elif kind == "multipart/alternative":
        yield from _alternative(part)
    elif part.get_content_maintype() == "multipart":
        for each in part.iter_parts():
            yield from _content(each)
    else:
        if attachment := part.get_filename():
            yield from pair_blocks([("Attachment", attachment)])
        if kind in READ_TYPES and not part.is_attachment():
            yield from _body(part)


def _alternative(part: MIMEPart) -> Iterator[ParsedBlock]:
    """Yield one alternative of a message: the plain text, unless it is blank."""
    forms = sorted(part.iter_parts(), key=lambda form: form.get_content_type() != "text/plain")
    for blocks in (tuple(_content(form)) for form in forms):
        if any(block.text.strip() for block in blocks):
            yield from blocks
            return


def _body(part: MIMEPart) -> Iterator[ParsedBlock]:
    payload = part.get_payload(decode=True)
    text = decode_declared(payload if isinstance(payload, bytes) else b"", part.get_content_charset())
    if part.get_content_subtype() == "html":
        yield from html_blocks(text)
    else:
        yield from text_blocks(text)
