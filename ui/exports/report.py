"""The report of a calibration: one HTML page, both languages in it, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ui.exports import tabular
from ui.words import LANGUAGES, duration, figure, known, say, speech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

Document = dict[str, Any]
Text = tuple[str, str]
"""A sentence in Chinese and in English."""
Pictures = Mapping[str, Mapping[str, str]]
"""Name of a picture → language → SVG."""

_FAMILY = "Counterflow Sans SC"
_STYLE = """
:root{--ink:#1F2933;--quiet:#667085;--line:#E3E6EA;--blue:#0072B2}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:#F6F7F9;font:15px/1.6 "Counterflow Sans SC",-apple-system,"Segoe UI",
"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;margin:0 0 4px;line-height:1.3} h2{font-size:19px;margin:0 0 8px}
section{background:#fff;border:1px solid var(--line);border-radius:10px;padding:20px 22px;margin:18px 0}
p{margin:6px 0 12px} .quiet{color:var(--quiet)} ul{margin:6px 0;padding-left:20px} li{margin:4px 0}
.verdict{border-left:5px solid var(--blue);padding-left:14px;font-size:17px}
.predicts{border-color:#009E73}.predicts_partly{border-color:#E69F00}.predicts_not{border-color:#D55E00}
.wide{overflow-x:auto} table{border-collapse:collapse;font-size:13.5px;width:100%}
th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th{color:var(--quiet);font-weight:500} th:first-child,td:first-child,td.left,th.left{text-align:left}
td.code{font-family:ui-monospace,Consolas,monospace;overflow-wrap:anywhere;text-align:left}
svg{width:100%;height:auto;display:block} a{color:var(--blue)}
svg text{font-family:"Counterflow Sans SC","PingFang SC","Microsoft YaHei",sans-serif!important}
button{float:right;border:1px solid var(--line);background:#fff;border-radius:8px;padding:6px 14px;font:inherit}
button{cursor:pointer}
body.zh .en,body.en .zh{display:none} footer{color:var(--quiet);font-size:13px}
@media print{body{background:#fff} section{break-inside:avoid;border:0;padding:0} button{display:none}}
"""
_SCRIPT = """
document.querySelector('button').addEventListener('click',function(){
var b=document.body,to=b.className==='zh'?'en':'zh';b.className=to;document.documentElement.lang=to});
"""


def page(lang: str, document: Document, curves: Document, pictures: Pictures, font: Path) -> str:
    """Return the page as HTML, opened in `lang`.

    Parameters
    ----------
    document : dict
        ``counterflow/calibrate/1``.
    curves : dict
        As `calibration.curves.curves` gives them; empty for files of counts.
    pictures : mapping
        As `ui.charts.fitting.pictures` gives them.
    font : Path
        The house font, of which the page gets the characters that it uses.
    """
    parts = [_head(document), _findings(document), _reading(document), _arrivals(document, pictures)]
    if curves:
        parts += [_service(document, pictures), _patience(document, pictures), _staffing(document, pictures)]
        parts.append(_validation(document, pictures))
    else:
        parts.append(_section("report.service", _p(_both("report.counts_only"))))
    parts += [_provenance(document), _numbers(document, curves)]
    body = "".join(parts) + f'<footer class="quiet">{_span(_both("report.footer"))}</footer>'
    title = html.escape(say(lang, "report.title", scenario=document["scenario"]))
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_font(title + body, font)}{_STYLE}</style></head>"
        f'<body class="{lang}"><main>{body}</main><script>{_SCRIPT}</script></body></html>\n'
    )


# ------------------------------------------------------------------------------------------------ sections


def _head(document: Document) -> str:
    days = document["days"]
    number = days.get("days") or sum(one["days"] for one in days.get("classes", ()))
    names = ", ".join(one["name"] for one in document["files"])
    values = {"files": names, "first": days["first"], "last": days["last"], "days": number}
    zh, en = _both("page.own_name")
    out = f"<button>{_span((en, zh))}</button>"
    out += f"<h1>{_span(_both('report.title', scenario=document['scenario']))}</h1>"
    return out + _p(_both("report.subtitle", rows=f"{document['rows_read']:,}", **values), "quiet")


def _findings(document: Document) -> str:
    verdict, rest = "", []
    for one in document["findings"]:
        said = _each(lambda lang, one=one: speech.sentence(lang, one))
        if one["code"].startswith("validation_predicts"):
            verdict = f'<p class="verdict {one["code"].removeprefix("validation_")}">{_span(said)}</p>'
        else:
            rest.append(f"<li>{_span(said)}</li>")
    return _section("report.findings", f"{verdict}<ul>{''.join(rest)}</ul>")


def _reading(document: Document) -> str:
    dropped = sum(one["count"] for one in document["dropped"])
    share = dropped / document["rows_read"] if document["rows_read"] else 0.0
    values = {"rows": f"{document['rows_read']:,}", "dropped": f"{dropped:,}", "share": f"{share:.2%}"}
    rows = []
    for fate in ("dropped", "classified"):
        for one in document[fate]:
            lines = ", ".join(str(example["row"]) for example in one["examples"])
            rows.append([_rule(one["rule"]), _both(f"report.{fate}"), f"{one['count']:,}", lines])
    table = _table(("rule", "fate", "rows", "example"), rows, left=2) if rows else ""
    return _section("report.reading", _p(_both("report.reading_says", **values)) + table)


def _arrivals(document: Document, pictures: Pictures) -> str:
    cv = f"{document['day_factor_cv2'] ** 0.5:.1%}"
    out = _p(_both("report.arrivals_says", cv=cv)) + _picture(pictures, "rates")
    tests = [one for one in document["poisson_test"] if one["n"] >= 100]
    if tests:
        rows = [
            [_code(one["service"]), _day_class(one["day_class"]), figure(one["k"]), f"{one['n']:,}"]
            for one in sorted(tests, key=lambda one: -one["n"])[:12]
        ]
        out += f"<h3>{_span(_both('report.poisson'))}</h3>" + _p(_both("report.poisson_says"), "quiet")
        header = [_both("report.service_of"), _both("report.day_class"), ("K", "K"), _both("report.n")]
        out += _table(header, rows, left=2)
    return _section("report.arrivals", out)


def _service(document: Document, pictures: Pictures) -> str:
    rows = []
    for one in document["service"]:
        listed = ", ".join(
            f"{name} = {figure(value, 4)}"
            for name, value in one["parameters"].items()
            if isinstance(value, (int, float))
        )
        numbers = (
            _each(lambda lang, v=one[name]: duration(lang, v))
            for name in ("mean_s", "sd_s", "sample_mean_s", "sample_sd_s")
        )
        rows.append([_code(one["service"]), _law(one["law"]), listed, *numbers, figure(one["ks"]), f"{one['n']:,}"])
    names = ("service_of", "law", "parameters", "mean", "sd", "sample_mean", "sample_sd", "ks", "n")
    return _section(
        "report.service",
        _p(_both("report.service_says")) + _picture(pictures, "quantiles") + _table(names, rows, left=3),
    )


def _patience(document: Document, pictures: Pictures) -> str:
    fits = [one for one in document["patience"] if one["parameters"]["shape"] is not None]
    if not fits:
        return _section("report.patience", _p(_both("report.patience_none")))
    rows = []
    for one in fits:
        error = one["standard_errors"]
        shape = figure(one["parameters"]["shape"]) + (
            f" ± {figure(1.96 * error['shape'], 2)}" if error["shape"] else ""
        )
        scale = _each(
            lambda lang, one=one, error=error: (
                duration(lang, one["parameters"]["scale_s"])
                + (f" ± {duration(lang, 1.96 * error['scale_s'])}" if error["scale_s"] else "")
            )
        )
        how = f"report.estimator.{one['estimator']}"
        told = _both(how) if known(how) else (one["estimator"], one["estimator"])
        rows.append([_code(one["service"]), told, shape, scale, f"{one['abandoned']:,}", f"{one['n']:,}"])
    names = ("service_of", "estimator", "shape", "scale", "gave_up", "n")
    return _section(
        "report.patience",
        _p(_both("report.patience_says")) + _picture(pictures, "patience") + _table(names, rows, left=2),
    )


def _staffing(document: Document, pictures: Pictures) -> str:
    return _section("report.staffing", _p(_both("report.staffing_says")) + _picture(pictures, "staffing"))


def _validation(document: Document, pictures: Pictures) -> str:
    found = document.get("validation")
    if found is None:
        return _section("report.validation", _p(_both("report.validation_none")))
    values = {"first": found["first"], "last": found["last"], "days": found["days"], "reps": found["replications"]}
    rows = []
    for one in found["measures"]:
        name = one["measure"]
        shown = [
            _each(lambda lang, v=one[key], name=name: speech.quantity(lang, name, v))
            for key in ("observed", "mean", "low", "high")
        ]
        band = _each(lambda lang, s=shown: f"{s[1][_at(lang)]} ({s[2][_at(lang)]} – {s[3][_at(lang)]})")
        inside = "–" if one["share_inside"] is None else f"{one['share_inside']:.1%} ({one['inside']}/{one['cells']})"
        errors = [
            _each(lambda lang, v=one[key]: "–" if v is None else duration(lang, v)) for key in ("crps", "reference")
        ]
        holds = _both("report.yes" if one["holds"] else "report.no")
        rows.append(
            [_each(lambda lang, name=name: speech.measure_name(lang, name)), shown[0], band, inside, *errors, holds]
        )
    names = ("measure", "log", "simulated", "inside", "error", "reference", "holds")
    out = _p(_both("report.validation_says", **values)) + _table(names, rows)
    little = found["little"]
    out += _p(
        _each(
            lambda lang: say(
                lang, "report.distances", waits=duration(lang, found["wait_distance_s"]),
                profile=figure(found["profile_distance_min"], 2),
                little="–" if little is None else f"{little['largest']:.2%}",
            )
        ),
        "quiet",
    )  # fmt: skip
    out += "".join(_picture(pictures, name) for name in ("offered", "wait_mean_s", "waits"))
    return _section("report.validation", out)


def _provenance(document: Document) -> str:
    rows: list[list[str | Text]] = [[("preset", "preset"), document["preset"]]]
    rows += [[("SHA-256", "SHA-256"), f"{one['name']}: {one['sha256']}"] for one in document["files"]]
    for key, value in document.get("provenance", {}).items():
        if not key.startswith(("file_", "preset")):
            rows.append([(key, key), str(value)])
    cells = "".join(
        f"<tr><td>{_span(key) if isinstance(key, tuple) else _esc(key)}</td><td class=code>{_esc(str(value))}</td></tr>"
        for key, value in rows
    )
    return _section("report.provenance", f'<div class="wide"><table>{cells}</table></div>')


def _numbers(document: Document, curves: Document) -> str:
    """Return links that save the numbers behind the pictures; the files are in the page itself."""
    tables = {
        "arrivals": document["arrivals"],
        "service": [_flat(one) for one in document["service"]],
        "patience": [_flat(one) for one in document["patience"]],
        "staffing": document.get("staffing", {}).get("rows", []),
        "service_quantiles": curves.get("quantiles", []),
        "patience_curve": curves.get("patience", []),
        "validation": curves.get("half_hours", []),
    }
    links = []
    for name, rows in tables.items():
        if rows:
            header = list(dict.fromkeys(key for row in rows for key in row))
            text = tabular.text(header, [[row.get(key) for key in header] for row in rows])
            data = base64.b64encode(text.encode()).decode()
            links.append(f'<li><a download="{name}.csv" href="data:text/csv;base64,{data}">{name}.csv</a></li>')
    return _section("report.numbers", f"<ul>{''.join(links)}</ul>")


def _flat(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fit as one row: plain values, and parameters by their names."""
    out = {key: value for key, value in one.items() if not isinstance(value, (dict, list))}
    for key, value in one.get("parameters", {}).items():
        if not isinstance(value, (dict, list)):
            out[key] = value
    return out


# ------------------------------------------------------------------------------------------------- pieces


def _at(lang: str) -> int:
    return LANGUAGES.index(lang)


def _each(text: Callable[[str], str]) -> Text:
    zh, en = (text(lang) for lang in LANGUAGES)
    return zh, en


def _both(key: str, **values: object) -> Text:
    return _each(lambda lang: say(lang, key, **values))


def _esc(text: str) -> str:
    return html.escape(text)


def _span(text: Text) -> str:
    if text[0] == text[1]:
        return _esc(text[0])
    return "".join(f'<span class="{lang}">{_esc(one)}</span>' for lang, one in zip(LANGUAGES, text, strict=True))


def _p(text: Text, kind: str = "") -> str:
    return f'<p class="{kind}">{_span(text)}</p>'


def _section(key: str, inside: str) -> str:
    return f"<section><h2>{_span(_both(key))}</h2>{inside}</section>"


def _table(names: Iterable[str | Text], rows: Sequence[Sequence[str | Text]], left: int = 1) -> str:
    header = [_both(f"report.{name}") if isinstance(name, str) else name for name in names]
    out = "<tr>" + "".join(_cell("th", one, k < left) for k, one in enumerate(header)) + "</tr>"
    for row in rows:
        out += "<tr>" + "".join(_cell("td", one, k < left) for k, one in enumerate(row)) + "</tr>"
    return f'<div class="wide"><table>{out}</table></div>'


def _cell(tag: str, value: str | Text, left: bool) -> str:
    inside = _span(value) if isinstance(value, tuple) else _esc(value)
    return f'<{tag} class="left">{inside}</{tag}>' if left else f"<{tag}>{inside}</{tag}>"


def _picture(pictures: Pictures, name: str) -> str:
    """Return a picture in both languages, one of which is shown; nothing when there is none."""
    return "".join(f'<div class="{lang}">{one}</div>' for lang, one in pictures.get(name, {}).items())


def _code(service: str) -> Text:
    return _both("report.all_services") if service == "*" else (service, service)


def _day_class(name: str) -> Text:
    return _each(lambda lang: speech.day_class(lang, name))


def _rule(rule: str) -> Text:
    return _both(f"rule.{rule}") if known(f"rule.{rule}") else (rule, rule)


def _law(law: str) -> Text:
    return _both(f"cli.law.{law}") if known(f"cli.law.{law}") else (law, law)


def _font(text: str, file: Path) -> str:
    """Return the house font as a style, cut down to the characters of the page."""
    from fontTools import subset

    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True, drop_tables=["DSIG"])
    options.name_IDs = [0, 13, 14]  # copyright and licence stay
    font = subset.load_font(str(file), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted({*text, *map(chr, range(32, 127))})))
    cutter.subset(font)
    out = BytesIO()
    subset.save_font(font, out, options)
    font.close()
    data = base64.b64encode(out.getvalue()).decode()
    return f'@font-face{{font-family:"{_FAMILY}";src:url(data:font/woff;base64,{data}) format("woff")}}'
