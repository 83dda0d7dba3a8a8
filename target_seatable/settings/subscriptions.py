"""Limits of SeaTable's plans: the setting `plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

PlanName = Literal["free", "plus", "enterprise", "dedicated"]


class Subscription(NamedTuple):
    """A plan of SeaTable, as its price page describes it.

    Attributes:
        row_limit: rows of a base in its normal storage.
        monthly_calls: API calls of a team in a month, for each user if `per_user`; None for no
            limit.
        per_user: whether each user of the team adds so many calls.
        has_big_data: whether bases may have a big data storage.
    """

    row_limit: int
    monthly_calls: int | None
    per_user: bool
    has_big_data: bool


SUBSCRIPTIONS: Mapping[PlanName, Subscription] = {
    "free": Subscription(10_000, 3_000, per_user=False, has_big_data=False),
    "plus": Subscription(50_000, 10_000, per_user=True, has_big_data=False),
    "enterprise": Subscription(100_000, 50_000, per_user=True, has_big_data=True),
    "dedicated": Subscription(200_000, None, per_user=False, has_big_data=True),
}
"""By the value of `plan`, what SeaTable's price page says (seatable.com, in 2026)."""

PLAN_NAMES = get_args(PlanName)

SMALLEST = SUBSCRIPTIONS["free"]
"""The plan whose bases are full first."""
