"""E-mail messages: who, to whom, when, the text, what is forwarded; other attachments by name."""

import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser

from index.canonical import Block, Kind, Raw
from index.formats.decoding import decode_declared
from index.formats.html import html_blocks
from index.formats.records import Limits

SHOWN = ("From", "To", "Cc", "Date")


def read_eml(data: bytes, limits: Limits) -> Raw:
    """A message; its title is its subject."""
    message = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(data)
    return Raw("message/rfc822", _subject(message) or None, tuple(_blocks(message)))


def _subject(message: EmailMessage) -> str:
    return " ".join(str(message["Subject"] or "").split())


def _blocks(message: EmailMessage) -> Iterator[Block]:
    if subject := _subject(message):
        yield Block(Kind.HEADING, subject, level=1)
    for name in SHOWN:
        if value := " ".join(str(message[name] or "").split()):
            yield Block(Kind.ROW, f"{name}: {value}")
    body = message.get_body(preferencelist=("plain", "html"))
    if isinstance(body, EmailMessage):
        yield from _body(body)
    for part in message.iter_attachments():
        inner = part.get_content() if part.get_content_type() == "message/rfc822" else None
        if isinstance(inner, EmailMessage):
            yield from _blocks(inner)
        elif attachment := part.get_filename():
            yield Block(Kind.ROW, f"Attachment: {attachment}")


def _body(part: EmailMessage) -> Iterator[Block]:
    payload = part.get_payload(decode=True)
    text = decode_declared(payload if isinstance(payload, bytes) else b"", part.get_content_charset())
    if part.get_content_subtype() == "html":
        yield from html_blocks(text)
    else:
        yield Block(Kind.VERBATIM, text)
