"""The commands: each reads its options, calls one action, prints its document or its words.

Help is not written here: `build` takes it from `ui.words` by the names of the commands and of their options.
"""

from types import SimpleNamespace
from typing import Any

import typer

from ui import words
from ui.cli import planning
from ui.cli.starting import desk, warm

Texts = list[str] | None

_app = typer.Typer(name="counterflow", add_completion=False)
_scenarios = typer.Typer(name="scenarios")
_app.add_typer(_scenarios)
_app.add_typer(planning.roster)
_app.command("plan")(planning.plan)
_app.command("frontier")(planning.frontier)
_app.command("replan")(planning.replan)
_app.command("assign")(planning.assign)

GROUPS = ("scenarios", "roster")
"""Commands that show their help when nothing stands behind them."""
_ORDER = (
    "demo", "simulate", "compare", "plan", "assign", "frontier", "replan", "roster", "calibrate", "forecast",
    "scenarios", "serve", "worker",
)  # fmt: skip

_scenario = typer.Argument(..., metavar="SCENARIO")
_reps = typer.Option("30", "--reps", metavar="N")
_seed = typer.Option("1", "--seed", metavar="S")
_days = typer.Option("", "--days", metavar="D", show_default=False)
_engine = typer.Option("kernel", "--engine", metavar="kernel|simpy")
_threads = typer.Option("", "--threads", metavar="T", show_default=False)
_json = typer.Option(False, "--json")
_fresh = typer.Option(False, "--fresh")
_out = typer.Option(..., "--out", metavar="DIR")


def build(lang: str, *, helping: bool = True) -> Any:
    """Return the command, which finds the language in its context; with `helping` its help is in that language."""
    command = typer.main.get_command(_app)
    command.context_settings = {"obj": lang, "help_option_names": ["-h", "--help"]}
    command.commands = {name: command.commands[name] for name in _ORDER}
    if not helping:
        return command
    _phrase(command, lang, "cli.help")
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = words.say(lang, "cli.arguments")
    rich_utils.OPTIONS_PANEL_TITLE = words.say(lang, "cli.options")
    rich_utils.COMMANDS_PANEL_TITLE = words.say(lang, "cli.commands")
    rich_utils.DEFAULT_STRING = words.say(lang, "cli.default", value="{}")
    rich_utils.REQUIRED_LONG_STRING = words.say(lang, "cli.required")
    _fold(rich_utils)
    return command


def _fold(rich_utils: Any) -> None:
    """Let help break anywhere: Chinese has no blanks, and what does not fit would be cut off."""
    made = rich_utils._make_rich_text
    if getattr(made, "folds", False):
        return

    def folded(*args: Any, **how: Any) -> Any:
        text = made(*args, **how)
        text.overflow = "fold"
        return text

    folded.folds = True  # type: ignore[attr-defined]
    rich_utils._make_rich_text = folded


def _phrase(command: Any, lang: str, key: str) -> None:
    """Give a command, its options and the commands below it their help."""
    command.help = command.short_help = words.say(lang, key)
    for param in command.params:
        own = f"{key}.{param.name}"
        if getattr(param, "is_flag", False):
            param.metavar = ""
        param.help = words.say(lang, own if words.known(own) else f"cli.option.{param.name}")
    names = SimpleNamespace(help_option_names=["-h", "--help"])
    option = command.get_help_option(names)
    if option is not None:
        option.help, option.metavar = words.say(lang, "cli.option.help"), ""
    for name, below in getattr(command, "commands", {}).items():
        _phrase(below, lang, f"{key}.{name}")


@_app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    lang: str = typer.Option("", "--lang", metavar="zh|en", show_default=False),
    version: bool = typer.Option(False, "--version"),
) -> None:
    # --lang was taken before; it is named here so that help shows it.
    if version:
        from importlib import metadata

        print(f"counterflow {metadata.version('counterflow')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help(), end="")


@_scenarios.callback(invoke_without_command=True)
def _scenarios_main(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help(), end="")


@_app.command("simulate")
def _simulate(
    context: typer.Context,
    scenario: str = _scenario,
    reps: str = _reps,
    seed: str = _seed,
    days: str = _days,
    engine: str = _engine,
    staff: Texts = typer.Option(None, "--set", metavar="TEAM=N"),
    half_width: Texts = typer.Option(None, "--half-width", metavar="MEASURE=W"),
    sampling: str = typer.Option("fitted", "--inputs", metavar="fitted|sampled"),
    trace: bool = typer.Option(False, "--trace"),
    threads: str = _threads,
    fresh: bool = _fresh,
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import inputs, output

    lang = context.obj
    request = actions.SimulateRequest(
        scenario,
        inputs.whole(reps, "--reps"),
        inputs.whole(seed, "--seed"),
        inputs.maybe_whole(days, "--days"),
        engine,
        trace,
        inputs.staff(staff or ()),
        inputs.half_widths(half_width or ()),
        sampling,
    )
    if engine == "kernel":
        warm(lang, quiet=json)
    with output.progress(lang, "simulating", quiet=json) as tick:
        document = actions.simulate(request, desk(lang, tick, threads=threads, fresh=fresh))
    if json:
        output.document(document)
    else:
        output.study(lang, document)
    return 0


@_app.command("compare")
def _compare(
    context: typer.Context,
    scenarios: list[str] = typer.Argument(..., metavar="SCENARIO..."),
    reps: str = _reps,
    seed: str = _seed,
    days: str = _days,
    engine: str = _engine,
    threads: str = _threads,
    fresh: bool = _fresh,
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import inputs, output

    lang = context.obj
    request = actions.CompareRequest(
        tuple(scenarios),
        inputs.whole(reps, "--reps"),
        inputs.whole(seed, "--seed"),
        inputs.maybe_whole(days, "--days"),
        engine,
    )
    if engine == "kernel":
        warm(lang, quiet=json)
    with output.progress(lang, "comparing", quiet=json) as tick:
        document = actions.compare(request, desk(lang, tick, threads=threads, fresh=fresh))
    if json:
        output.document(document, without=("studies",))
    else:
        output.comparison(lang, document)
    return 0


@_scenarios.command("list")
def _list(context: typer.Context, json: bool = _json) -> int:
    from ui import actions
    from ui.cli import output

    document = actions.entries()
    if json:
        output.document(document)
    else:
        output.entries(context.obj, document)
    return 0


@_scenarios.command("check")
def _check(
    context: typer.Context,
    scenarios: Texts = typer.Argument(None, metavar="[SCENARIO]..."),
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import MISSED, output

    lang = context.obj
    with output.progress(lang, "checking", quiet=json) as tick:
        document = actions.check(tuple(scenarios or ()), desk(lang, tick))
    if json:
        output.document(document)
    else:
        output.checks(lang, document)
    return MISSED if any(one["verdict"] == "MISS" for one in document["checks"]) else 0


@_scenarios.command("schema")
def _schema(json: bool = _json) -> int:
    from ui import actions
    from ui.cli import output

    output.document(actions.schema())
    return 0


@_scenarios.command("show")
def _show(context: typer.Context, scenario: str = _scenario, json: bool = _json) -> int:
    from ui import actions
    from ui.cli import output

    document = actions.show(scenario, desk(context.obj, None))
    if json:
        output.document(document)
    else:
        output.scenario(context.obj, document)
    return 0


@_app.command("calibrate")
def _calibrate(
    context: typer.Context,
    logs: list[str] = typer.Argument(..., metavar="LOG..."),
    preset: str = typer.Option("", "--preset", metavar="P", show_default=False),
    map: str = typer.Option("", "--map", metavar="M.toml", show_default=False),
    out: str = typer.Option("", "--out", metavar="DIR", show_default=False),
    dry_run: bool = typer.Option(False, "--dry-run"),
    allow: str = typer.Option("", "--allow", metavar="10%", show_default=False),
    holdout: str = typer.Option("", "--holdout", metavar="2w|10d", show_default=False),
    report: str = typer.Option("", "--report", metavar="FILE.html", show_default=False),
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import MISSED, inputs, output, papers

    lang = context.obj
    if dry_run:
        document = actions.look(actions.LookRequest(tuple(logs), preset, map), desk(lang, None))
        if json:
            output.document(document)
        else:
            output.look(lang, document)
        return 0 if document["ready"] else MISSED
    request = actions.CalibrateRequest(tuple(logs), preset, out, holdout, map, inputs.share(allow, "--allow"))
    with output.progress(lang, "calibrating", quiet=json) as tick:
        document = actions.calibrate(request, desk(lang, tick))
    if report:
        papers.of_calibration(lang, document, report)
    if json:
        output.document(document, without=("curves",))
    else:
        output.calibration(lang, document, report)
    return 0


@_app.command("forecast")
def _forecast(
    context: typer.Context,
    scenario: str = _scenario,
    days: str = typer.Option("28", "--days", metavar="D"),
    calendar: str = typer.Option("", "--calendar", metavar="CSV", show_default=False),
    out: str = typer.Option("", "--out", metavar="FILE", show_default=False),
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import inputs, output, papers

    lang = context.obj
    request = actions.ForecastRequest(scenario, inputs.whole(days, "--days"), calendar)
    document = actions.forecast(request, desk(lang, None))
    if out:
        papers.of_forecast(document, out)
    if json:
        output.document(document)
    else:
        output.forecast(lang, document, out)
    return 0


@_app.command("demo")
def _demo(context: typer.Context, out: str = typer.Option("out", "--out", metavar="DIR")) -> int:
    from ui import actions
    from ui.cli import MISSED, output, papers

    lang = context.obj
    folder = actions.usable(out)
    warm(lang)
    with output.stages(lang) as stage:
        document = actions.demo(desk(lang, None), stage)
        stage("papers", 0, 1)
        files = papers.of_demo(lang, document, actions.make(folder))
        stage("papers", 1, 1)
    print(papers.report(lang, document, files, folder))
    return 0 if document["plan"]["kept"] else MISSED


@_app.command("serve")
def _serve(
    context: typer.Context,
    port: str = typer.Option("8501", "--port", metavar="P"),
    host: str = typer.Option("127.0.0.1", "--host", metavar="HOST"),
    browser: bool = typer.Option(True, "--browser/--no-browser"),
    workers: str = typer.Option("1", "--workers", metavar="N"),
) -> int:
    from ui.cli import inputs, serving

    number = inputs.whole(port, "--port")
    return serving.serve(context.obj, number, host, browser, inputs.whole(workers, "--workers"))


@_app.command("worker")
def _worker(
    context: typer.Context,
    once: bool = typer.Option(False, "--once"),
    with_parent: bool = typer.Option(False, "--with-parent", hidden=True),
) -> int:
    import store
    from ui import jobs

    return jobs.work(store.open_store(), once=once, with_parent=with_parent)
