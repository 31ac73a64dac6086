"""Groups of conversations by day."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.chat.conversation_groups import Period, group_by_day
from qa.chat.store import ConversationSummary

NOW = datetime(2026, 11, 30, 0, 30, tzinfo=timezone(timedelta(hours=2)))
"""In UTC it is still the day before."""


def conversation(changed_at: str, pinned: bool = False) -> ConversationSummary:
    return ConversationSummary(changed_at, "Title", changed_at, 1, pinned)


@pytest.mark.parametrize(
    ("changed_at", "pinned", "period"),
    [
        ("2026-11-29T22:10:00+00:00", False, Period.TODAY),
        ("2026-12-24T00:00:00+00:00", False, Period.TODAY),
        ("2026-11-29T21:59:59+00:00", False, Period.YESTERDAY),
        ("2026-11-24T12:00:00+00:00", False, Period.WEEK),
        ("2026-11-23T12:00:00+00:00", False, Period.EARLIER),
        ("2019-01-01T00:00:00+00:00", False, Period.EARLIER),
        ("damaged", False, Period.EARLIER),
        ("2019-01-01T00:00:00+00:00", True, Period.PINNED),
    ],
)
def test_a_conversation_belongs_to_the_day_of_its_last_question(changed_at, pinned, period):
    """In the time zone of the person; a pinned one has a group of its own."""
    [group] = group_by_day([conversation(changed_at, pinned)], NOW)

    assert (group.period, len(group.conversations)) == (period, 1)


@given(st.lists(st.tuples(st.datetimes(timezones=st.just(UTC)), st.booleans())))
def test_hyp_every_conversation_is_in_one_group(found):
    """In the order of the list, and no group is empty."""
    conversations = [conversation(moment.isoformat(), pinned) for moment, pinned in found]
    groups = group_by_day(conversations, NOW)
    order = [group.period for group in groups]

    assert sorted(order, key=list(Period).index) == order
    assert all(group.conversations for group in groups)
    assert sorted(each.id for group in groups for each in group.conversations) == sorted(
        each.id for each in conversations
    )
