"""Draws of the fitted parameters in the scenario's own words, and the scenario with one of them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from calibration.evidence import clock
from calibration.scenario import DAY_FACTOR, PLACE_FACTOR, SERVICE, Names, names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import sim
    from calibration.evidence import Calibration
    from calibration.fit.draws import Parameter

FILE = "draws.csv"


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
        yield with_draw(made.scenario, values)


def with_draw(base: sim.Scenario, values: Mapping[str, str]) -> sim.Scenario:
    """Return a scenario in which the parameters at the paths of `drawn` have these values."""
    rates = []
    for row in base.rates:
        head = f"rates/{row.stream}/{row.place}/{row.service}/{row.day_class}"
        own = values.get(f"{head}/{clock(row.start)}")
        rate = float(own) if own is not None else row.rate_per_hour * float(values.get(f"{head}/*", 1))
        rates.append({**row.model_dump(exclude_none=True), "rate_per_hour": rate})
    factor = {name: {**one.model_dump(), "cv": _cv(values, name, one.cv)} for name, one in base.factor.items()}
    service = {}
    for name, one in base.service.items():
        drew = {key: float(values.get(f"service/{name}/attributes/{key}", old)) for key, old in one.attributes.items()}
        service[name] = {**one.model_dump(exclude_none=True), "attributes": drew}
    route = {name: [_drawn_block(block, name, values) for block in blocks] for name, blocks in base.route.items()}
    return base.replace(rates=tuple(rates), factor=factor, service=service, route=route)


def _cv(values: Mapping[str, str], name: str, otherwise: float) -> float:
    return min(float(values.get(f"factor/{name}/cv", otherwise)), 3.0)


def _drawn_block(block: Any, route: str, values: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = block.model_dump(exclude_none=True)
    advance = data.get("advance")
    if advance and advance.get("name") == SERVICE:
        for key in list(advance):
            text = values.get(f"route/{route}/{SERVICE}/{key}")
            if text is not None:
                numbers = [float(one) for one in text.split()]
                advance[key] = numbers if key == "quantiles_s" else numbers[0]
    return data
