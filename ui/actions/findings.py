"""What a document says, as codes and values; `ui.words` makes sentences of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ui.actions.documents import Measures

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sim

BUSY = 0.90
ABANDONED = 0.05
NOISY = 0.10
"""A mean wait whose 95 % half-width is more than this share of it asks for more replications."""

COMPARED = (
    "wait_all_p90_s",
    "wait_mean_s",
    "service_level",
    "abandoned_share",
    "paid_hours",
    "cost",
)

Finding = dict[str, Any]


def finding(code: str, **values: Any) -> Finding:
    """Return a finding as it stands in a document."""
    return {"code": code, "values": values}


def of_calendar(scenario: sim.Scenario) -> list[Finding]:
    """Return how many days of a run lie in years whose holidays are not announced yet."""
    days = scenario.run.estimated_days()
    return [finding("days_estimated", days=days, until=scenario.run.calendar_until())] if days else []


def of_study(document: Mapping[str, Any]) -> list[Finding]:
    """Return what a study says: the waits, the service level, the worst quarter-hour, the busiest pool, its noise."""
    measures = Measures(document)
    found = []
    mean, p90 = measures.row("wait_mean_s"), measures.row("wait_p90_s")
    if mean is None or mean["value"] is None:
        return [finding("nobody_served")]
    found.append(finding("waits", mean_s=mean["value"], half_width_s=mean["half_width"], p90_s=p90 and p90["value"]))
    level = measures.row("service_level")
    if level and level["value"] is not None:
        threshold_s = document["rules"]["sl_threshold_s"]
        found.append(finding("service_level", level=level["value"], threshold_s=threshold_s))
    slots = [row for row in measures.by_interval("wait_mean_s") if row["value"] is not None]
    if len(slots) > 1:
        worst = max(slots, key=lambda row: row["value"])
        start_s, step_s = worst["interval_start"], document["rules"]["interval_s"]
        days = document["days"]
        found.append(finding("worst_interval", start_s=start_s, step_s=step_s, wait_s=worst["value"], days=days))
    busiest = _busiest(measures)
    if busiest is not None:
        pool, share = busiest
        code = "overloaded_pool" if share >= BUSY else "busiest_pool"
        found.append(finding(code, pool=document["names"].get(pool, pool), share=share))
    lost = measures.value("abandoned_share")
    if lost is not None and lost > ABANDONED:
        found.append(finding("abandonment", share=lost))
    sampled, wide = document.get("inputs"), mean.get("input_half_width")
    if sampled and wide:
        # The standard error of a standard deviation of normal values: 1 / √(2 (m − 1)).
        unsure = 1 / math.sqrt(2 * (sampled["sets"] - 1))
        found.append(finding("inputs_sampled", sets=sampled["sets"], input_half_width_s=wide, unsure_share=unsure))
    elif sampled:
        found.append(finding("inputs_not_seen", sets=sampled["sets"]))
    if mean["half_width"] is None:
        found.append(finding("one_replication"))
    elif mean["value"] > 0 and mean["half_width"] > NOISY * mean["value"]:
        share = mean["half_width"] / mean["value"]
        found.append(finding("noisy", share=share, reps=_enough(document["replications"], share)))
    return found


def _enough(reps: int, share: float) -> int:
    """Return about how many replications bring a half-width of `share` down to `NOISY`, in round figures."""
    from scipy.special import stdtrit

    spread = share * math.sqrt(reps) / float(stdtrit(reps - 1, 0.975))
    wanted = max(reps + 1, math.ceil((1.96 * spread / NOISY) ** 2))
    return math.ceil(wanted / 10) * 10


def _busiest(measures: Measures) -> tuple[str, float] | None:
    shares = [(measures.value("occupancy", pool=pool), pool) for pool in measures.pools()]
    known = [(share, pool) for share, pool in shares if share is not None]
    if not known:
        return None
    share, pool = max(known)
    return pool, share


def of_comparison(comparisons: list[Mapping[str, Any]]) -> list[Finding]:
    """Return what a comparison says about each pair, headline measures first."""
    found = []
    for measure in COMPARED:
        for row in comparisons:
            if row["measure"] == measure and row["difference"] is not None:
                first, second = row["pair"]
                code = f"compared_{row['verdict']}"
                found.append(
                    finding(
                        code, measure=measure, first=first, second=second,
                        difference=row["difference"], half_width=row["half_width"],
                    )
                )  # fmt: skip
    return found
