"""Draws of the fitted parameters in the scenario's own words, and the scenario with one of them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import sim
from calibration.evidence import clock
from calibration.scenario import DAY_FACTOR, PLACE_FACTOR, SERVICE, Names, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calibration.evidence import Calibration
    from calibration.fit.draws import Parameter

FILE = sim.DRAWS


def draws_csv(made: Calibration) -> str:
    """Return `draws.csv`: draw, path, value; all parameters of one draw belong together."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("draw", "path", "value"))
    for draw, path, value in drawn(made):
        writer.writerow((draw, path, value))
    return out.getvalue()


def drawn(made: Calibration) -> Iterator[tuple[int, str, str]]:
    """Yield (draw from 1, path in the scenario, value as text) of every drawn parameter that the scenario holds.

    Paths: ``rates/STREAM/PLACE/SERVICE/DAY_CLASS/HH:MM`` (the row of rates.csv that starts then; ``*`` instead
    of the time: a factor on all of them), ``factor/NAME/cv``, ``service/NAME/attributes/ATTRIBUTE``,
    ``route/NAME/service/PARAMETER`` (quantile tables as numbers with blanks between).
    """
    draws = made.fits.draws
    called = names(made.preset, made.cleaned.log, made.arrivals.services())
    law = {p.service for p in (*draws.parameters, *draws.tables) if p.kind.startswith("service:")}
    stay = {p.service for p in draws.parameters if p.kind.startswith("patience:")}
    # Services without a fit of their own use that of all.
    takes_all = [code for code in called.service if code not in law]
    stays_all = [code for code in called.service if code not in stay]
    yield from draws.rows(lambda p: _path(p, made, called))
    for code in takes_all:
        yield from draws.rows(
            lambda p, code=code: (
                _path(p._replace(service=code), made, called)  # type: ignore[misc]
                if p.service == "*" and p.kind.startswith("service:")
                else None
            )
        )
    for code in stays_all:
        yield from draws.rows(
            lambda p, code=code: (
                _path(p._replace(service=code), made, called)  # type: ignore[misc]
                if p.service == "*" and p.kind.startswith("patience:")
                else None
            )
        )


def _path(p: Parameter, made: Calibration, called: Names) -> str | None:
    """Return where a parameter stands in the scenario; none for what is not in it."""
    kind, _, name = p.kind.partition(":")
    if kind in ("rate_per_hour", "rate_factor"):
        stream, place, service = (
            called.stream.get((p.place, p.channel)),
            called.place[p.place],
            called.service.get(p.service),
        )
        start = clock(p.start_s) if kind == "rate_per_hour" else "*"
        return None if service is None else f"rates/{stream}/{place}/{service}/{p.day_class}/{start}"
    if kind in ("day_factor_cv", "place_factor_cv"):
        factor = DAY_FACTOR if kind == "day_factor_cv" else PLACE_FACTOR
        return f"factor/{factor}/cv" if factor in made.scenario.factor else None
    service = called.service.get(p.service)
    if service is None:
        return None
    if kind == "service":
        return f"route/{service}/{SERVICE}/{name}"
    if kind == "patience" and made.scenario.service[service].attributes:
        return f"service/{service}/attributes/patience_{name}"
    return None


def drawn_scenarios(made: Calibration) -> Iterator[sim.Scenario]:
    """Yield the scenario with the parameters of each draw in turn.

    Notes
    -----
    What stands beside the drawn parameters (staffing, opening hours) stays as it is.
    """
    rows: dict[int, dict[str, str]] = {}
    for draw, path, value in drawn(made):
        rows.setdefault(draw, {})[path] = value
    for values in rows.values():
        yield sim.with_draw(made.scenario, values)
