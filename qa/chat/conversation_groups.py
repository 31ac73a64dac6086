"""Groups of conversations by their day, for a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from qa.chat.store import ConversationSummary


class Period(StrEnum):
    """When a conversation had its last question."""

    PINNED = "pinned"
    """Whenever it was."""
    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    """In the last seven days, but before yesterday."""
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class ConversationGroup:
    """The conversations of one period, in the order of the list; never empty."""

    period: Period
    conversations: tuple[ConversationSummary, ...]


def group_by_day(conversations: Sequence[ConversationSummary], now: datetime) -> list[ConversationGroup]:
    """
    Return the conversations in groups, the pinned ones first and then the latest.

    Args:
        conversations: As :meth:`~qa.chat.store.ConversationStore.list_conversations` returns them.
        now: The present time, in the time zone by whose days they are grouped.
    """
    groups: dict[Period, list[ConversationSummary]] = {period: [] for period in Period}
    for conversation in conversations:
        groups[_period(conversation, now)].append(conversation)
    return [ConversationGroup(period, tuple(group)) for period, group in groups.items() if group]


def day_of(changed_at: str, now: datetime) -> date | None:
    """Return the day of a stored time in the time zone of *now*; None if it is damaged."""
    try:
        return datetime.fromisoformat(changed_at).astimezone(now.tzinfo).date()
    except (ValueError, OverflowError):
        return None


def _period(conversation: ConversationSummary, now: datetime) -> Period:
    if conversation.pinned:
        return Period.PINNED
    day, today = day_of(conversation.changed_at, now), now.date()
    if day is None or day < today - timedelta(days=6):
        return Period.EARLIER
    if day >= today:  # also if the clock was set back
        return Period.TODAY
    return Period.YESTERDAY if day == today - timedelta(days=1) else Period.WEEK
