"""Commands that plan: ``plan``, and ``roster`` with what is done to a roster afterwards."""

# No annotations as text: typer reads them while the program runs.
from typing import Any

import typer

from ui import words
from ui.cli.starting import desk, quiet_libraries, stoppable, warm

Texts = list[str] | None

roster = typer.Typer(name="roster")

_scenario = typer.Argument(..., metavar="SCENARIO")
_plan = typer.Argument(..., metavar="PLAN")
_roster = typer.Argument(..., metavar="ROSTER")
_promise = typer.Option(["80% in 180s"], "--promise", metavar='"80% in 180s"')
_teams = typer.Option(None, "--teams", metavar="TEAM")
_weeks = typer.Option("1", "--weeks", metavar="W")
_seed = typer.Option("1", "--seed", metavar="S")
_contracts = typer.Option("", "--contracts", metavar="ID|FILE.toml", show_default=False)
_people = typer.Option("", "--people", metavar="FILE.xlsx", show_default=False)
_lock = typer.Option("", "--lock", metavar="ROSTER.xlsx", show_default=False)
_start = typer.Option("", "--start", metavar="DATE", show_default=False)
_format = typer.Option(None, "--format", metavar="xlsx|csv|png|pdf|ics")
_seconds = typer.Option("", "--seconds", metavar="S", show_default=False)
_json = typer.Option(False, "--json")
_out = typer.Option(..., "--out", metavar="DIR")


def plan(
    context: typer.Context,
    scenario: str = _scenario,
    promise: list[str] = _promise,
    out: str = _out,
    teams: Texts = _teams,
    weeks: str = _weeks,
    seed: str = _seed,
    contracts: str = _contracts,
    people: str = _people,
    lock: str = _lock,
    budget: str = typer.Option("", "--budget", metavar="MONEY", show_default=False),
    start: str = _start,
    sampling: str = typer.Option("fitted", "--inputs", metavar="fitted|sampled"),
    seconds: str = _seconds,
    format: Texts = _format,
    horizon: str = typer.Option("week", "--horizon", metavar="day|week|year"),
    towards: str = typer.Option("", "--towards", metavar="SCENARIO", show_default=False),
    volume: Texts = typer.Option(None, "--volume", metavar="1,1.05,…"),
    adoption: Texts = typer.Option(None, "--adoption", metavar="0%,10%,…"),
    trained: Texts = typer.Option(None, "--staff", metavar="ROLE=N"),
    assumptions: str = typer.Option("", "--assumptions", metavar="ID|FILE.toml", show_default=False),
    posts: str = typer.Option("", "--posts", metavar="ID|FILE.toml", show_default=False),
    json: bool = _json,
) -> int:
    """Plan, write the files, print what was found."""
    from ui.cli import inputs

    year = {"--towards": towards, "--volume": volume, "--adoption": adoption, "--staff": trained}
    year |= {"--assumptions": assumptions, "--posts": posts}
    if _horizon(horizon, year) == "year":
        return _year(context, scenario, promise, out, start, contracts, seconds, json, year)
    if horizon == "day":
        return _day(context, scenario, promise, out, inputs.names(teams), contracts, people, seconds, json, posts)
    from ui import actions
    from ui.actions.plans import CONTRACT
    from ui.cli import INTERRUPTED, MISSED, output, papers, roster_files

    lang = context.obj
    staff, locks = _staffing(scenario, people, lock, start, inputs.whole(weeks, "--weeks"))
    request = actions.PlanRequest(
        scenario,
        tuple(promise),
        inputs.names(teams),
        inputs.whole(weeks, "--weeks"),
        inputs.whole(seed, "--seed"),
        contracts or CONTRACT,
        inputs.maybe_number(budget, "--budget"),
        staff,
        locks,
        start or (staff or {}).get("first_date") or "",
        sampling,
        inputs.maybe_number(seconds, "--seconds"),
    )
    wanted = roster_files.formats(format or ())
    folder = actions.usable(out)
    warm(lang, quiet=json)
    with (
        output.progress(lang, "planning", quiet=json) as tick,
        stoppable(lang) as stop,
        quiet_libraries(),
    ):
        document = actions.plan(request, desk(lang, tick, stop=stop))
    lines = papers.planned_lines(lang, document)
    files = roster_files.write(lang, document, actions.make(folder), wanted, summary=roster_files.summary(lines))
    document = {**document, "files": [str(path) for path in files]}
    if json:
        output.document(document, without=("verification", "scenario_files"))
    else:
        print("\n".join(line.strip() for line in lines))
        _written(lang, document["files"])
    if document["interrupted"]:
        return INTERRUPTED
    return 0 if document["kept"] else MISSED


def _horizon(horizon: str, year: dict[str, Any]) -> str:
    """Return the horizon; options of the year are refused elsewhere, those of posts also in a week."""
    import sim
    from ui.actions.headcounts import HORIZONS

    if horizon not in HORIZONS:
        raise sim.InputError.one("unknown_horizon", field="--horizon", value=horizon, known=list(HORIZONS))
    given = [name for name, value in year.items() if value]
    if horizon == "day":
        given = [name for name in given if name != "--posts"]
    if horizon != "year" and given:
        raise sim.InputError([sim.Fault("only_year", "", name) for name in given])
    return horizon


def _day(
    context: typer.Context,
    scenario: str,
    promise: list[str],
    out: str,
    teams: tuple[str, ...],
    contracts: str,
    people: str,
    seconds: str,
    json: bool,
    posts: str,
) -> int:
    """Plan branch and remote staff together for each class of days, write the files, print what was found."""
    from ui import actions
    from ui.actions.branches import POSTS
    from ui.actions.plans import CONTRACT
    from ui.cli import MISSED, inputs, output, roster_files
    from ui.exports import branches

    lang = context.obj
    staff, _ = _staffing(scenario, people, "", "", 1)
    limit = inputs.maybe_number(seconds, "--seconds")
    request = actions.BranchRequest(scenario, promise[-1], posts or POSTS, contracts or CONTRACT, teams, staff, limit)
    folder = actions.usable(out)
    with output.progress(lang, "planning", quiet=json), quiet_libraries():
        document = actions.branch_staff(request, desk(lang, None))
    files = roster_files.of_branches(lang, document, actions.make(folder))
    document = {**document, "files": [str(path) for path in files]}
    if json:
        output.document(document, without=("scenario_files",))
    else:
        for line in branches.said(lang, document):
            print("•", line)
        _written(lang, document["files"])
    return MISSED if document["status"] in ("infeasible", "unknown") else 0


def _year(
    context: typer.Context,
    scenario: str,
    promise: list[str],
    out: str,
    start: str,
    contracts: str,
    seconds: str,
    json: bool,
    year: dict[str, Any],
) -> int:
    """Plan headcount month by month, write the files, print what was found."""
    from ui import actions
    from ui.actions.headcounts import POSTS, WORKFORCE
    from ui.actions.plans import CONTRACT
    from ui.cli import MISSED, inputs, output, planned, roster_files

    lang = context.obj
    request = actions.HeadcountRequest(
        scenario,
        promise[-1],
        start,
        year["--towards"],
        inputs.numbers(year["--volume"], "--volume"),
        inputs.numbers(year["--adoption"], "--adoption"),
        inputs.staff(year["--staff"] or (), "--staff"),
        year["--assumptions"] or WORKFORCE,
        year["--posts"] or POSTS,
        contracts or CONTRACT,
        inputs.maybe_number(seconds, "--seconds"),
    )
    folder = actions.usable(out)
    with output.progress(lang, "planning", quiet=json), quiet_libraries():
        document = actions.headcount(request, desk(lang, None))
    files = roster_files.of_headcount(lang, document, actions.make(folder))
    document = {**document, "files": [str(path) for path in files]}
    if json:
        output.document(document)
    else:
        planned.headcount(lang, document)
        _written(lang, document["files"])
    return MISSED if document["status"] in ("infeasible", "unknown") else 0


def _staffing(scenario: str, people: str, lock: str, start: str, weeks: int) -> tuple[Any, tuple[Any, ...]]:
    """Return people and locks from their files."""
    if not people and not lock:
        return None, ()
    import scenarios_catalog
    from ui.actions.plans import first_date
    from ui.imports import people as form
    from ui.imports import rosters

    found = scenarios_catalog.load(scenario)
    first = first_date(start, found)
    titles = {name: {"zh": one.title.zh, "en": one.title.en} if one.title else {} for name, one in found.team.items()}
    staff, locks = None, ()
    if people:
        staff = form.read(people, first, days=7 * weeks, teams=titles).document
    if lock:
        locks = tuple(rosters.read(lock, titles, 7 * weeks, first).must_lock())
    return staff, locks


def _written(lang: str, files: list[str]) -> None:
    for name in files:
        print(words.say(lang, "cli.written", file=name))


@roster.callback(invoke_without_command=True)
def _roster_main(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help(), end="")


@roster.command("template")
def _template(
    context: typer.Context,
    scenario: str = _scenario,
    out: str = typer.Option(..., "--out", metavar="FILE.xlsx"),
    plan: str = typer.Option("", "--plan", metavar="PLAN", show_default=False),
    start: str = _start,
    contracts: str = _contracts,
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import output
    from ui.exports import tabular, template

    lang = context.obj
    path = actions.usable_file(out, ".xlsx")
    found = actions.form(actions.FormRequest(scenario, plan, start, contracts))
    origin = words.say(lang, "form.origin", scenario=scenario, version=found["version"])
    tabular.write(path, template.workbook(lang, found, origin))
    if json:
        output.document({"schema": "counterflow/form/1", "files": [str(path)], "people": len(found["people"])})
    else:
        _written(lang, [str(path)])
        print(words.say(lang, "cli.next_form", file=str(path), scenario=scenario))
    return 0


@roster.command("export")
def _export(
    context: typer.Context,
    plan: str = _plan,
    out: str = _out,
    format: Texts = _format,
    person: Texts = typer.Option(None, "--person", metavar="ID"),
    teams: Texts = _teams,
    start: str = _start,
    zone: str = typer.Option("Asia/Shanghai", "--zone", metavar="ZONE"),
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import inputs, output, papers, roster_files

    lang = context.obj
    wanted = roster_files.formats(format or ())
    document = actions.exported(actions.ExportRequest(plan, inputs.names(teams), inputs.names(person), start))
    if "ics" in wanted and format and not document["first_date"]:
        import sim

        raise sim.InputError.one("roster_undated", field="--start")
    folder = actions.usable(out)
    lines = roster_files.summary(papers.planned_lines(lang, document))
    people = list(inputs.names(person)) or None
    files = roster_files.write(
        lang, document, actions.make(folder), wanted, summary=lines, people=people, zone=zone, whole=False
    )
    names = [str(path) for path in files]
    if json:
        output.document({"schema": "counterflow/roster-export/1", "plan": plan, "files": names})
    else:
        _written(lang, names)
    return 0


@roster.command("import")
def _import(
    context: typer.Context,
    file: str = typer.Argument(..., metavar="FILE"),
    plan: str = typer.Option("", "--plan", metavar="PLAN", show_default=False),
    out: str = typer.Option("", "--out", metavar="DIR", show_default=False),
    start: str = _start,
    json: bool = _json,
) -> int:
    from ui.cli import output, rosters_in

    lang = context.obj
    document = rosters_in.take_in(lang, file, plan, out, start, quiet=json)
    if json:
        output.document(document)
    else:
        rosters_in.told(lang, document)
        _written(lang, document["files"])
    return 0


@roster.command("check")
def _check(
    context: typer.Context,
    file: str = _roster,
    plan: str = typer.Option("", "--plan", metavar="PLAN", show_default=False),
    people: str = _people,
    contracts: str = _contracts,
    start: str = _start,
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import MISSED, output, planned, rosters_in

    lang = context.obj
    request, cells = rosters_in.to_check(file, plan, people, contracts, start)
    document = actions.check_roster(request, desk(lang, None))
    document["violations"] = [{**one, "cell": cells.get((one["person"], one["day"]))} for one in document["violations"]]
    if json:
        output.document(document)
    else:
        planned.check(lang, document)
    return 0 if document["legal"] else MISSED


@roster.command("explain")
def _explain(
    context: typer.Context,
    plan: str = _plan,
    person: str = typer.Option("", "--person", metavar="ID", show_default=False),
    day: str = typer.Option("", "--day", metavar="N|DATE", show_default=False),
    instead: bool = typer.Option(False, "--instead"),
    begin: str = typer.Option("", "--from", metavar="09:00", show_default=False),
    end: str = typer.Option("", "--to", metavar="17:00", show_default=False),
    team: str = typer.Option("", "--team", metavar="TEAM", show_default=False),
    json: bool = _json,
) -> int:
    from ui import actions
    from ui.cli import inputs, output, planned

    lang = context.obj
    times = inputs.clock(begin, "--from"), inputs.clock(end, "--to")
    request = actions.WhyRequest(plan, day, person, instead, *times, team)
    document = actions.explain(request, desk(lang, None))
    if json:
        output.document(document)
    else:
        planned.explained(lang, document)
    return 0


def frontier(
    context: typer.Context,
    scenario: str = _scenario,
    promise: str = typer.Option("80% in 180s", "--promise", metavar='"80% in 180s"'),
    measure: str = typer.Option("share", "--measure", metavar="share|wait_p90_s|abandoned_share"),
    points: Texts = typer.Option(None, "--points", metavar="80%,90%,95%"),
    budgets: Texts = typer.Option(None, "--budgets", metavar="MONEY,MONEY"),
    out: str = typer.Option("", "--out", metavar="DIR", show_default=False),
    teams: Texts = _teams,
    weeks: str = _weeks,
    seed: str = _seed,
    contracts: str = _contracts,
    people: str = _people,
    json: bool = _json,
) -> int:
    """Trace cost against a promise, write the files, print the points."""
    from ui import actions
    from ui.actions.plans import CONTRACT
    from ui.cli import INTERRUPTED, inputs, output, planned, roster_files

    lang = context.obj
    staff, _ = _staffing(scenario, people, "", "", inputs.whole(weeks, "--weeks"))
    request = actions.FrontierRequest(
        scenario,
        promise,
        measure,
        inputs.numbers(points, "--points"),
        inputs.numbers(budgets, "--budgets"),
        inputs.names(teams),
        inputs.whole(weeks, "--weeks"),
        inputs.whole(seed, "--seed"),
        contracts or CONTRACT,
        staff,
    )
    folder = actions.usable(out) if out else None
    warm(lang, quiet=json)
    with (
        output.progress(lang, "planning", quiet=json) as tick,
        stoppable(lang) as stop,
        quiet_libraries(),
    ):
        document = actions.frontier(request, desk(lang, tick, stop=stop))
    files = [] if folder is None else roster_files.of_frontier(lang, document, actions.make(folder))
    document = {**document, "files": [str(path) for path in files]}
    if json:
        output.document(document)
    else:
        planned.frontier(lang, document)
        _written(lang, document["files"])
    return INTERRUPTED if document["interrupted"] else 0


def assign(
    context: typer.Context,
    scenario: str = _scenario,
    promise: str = typer.Option("80% in 180s", "--promise", metavar='"80% in 180s"'),
    limits: str = typer.Option("", "--limits", metavar="FILE.toml", show_default=False),
    out: str = typer.Option("", "--out", metavar="DIR", show_default=False),
    sure: str = typer.Option("", "--sure", metavar="90%", show_default=False),
    seconds: str = typer.Option("60", "--seconds", metavar="S"),
    seed: str = _seed,
    json: bool = _json,
) -> int:
    """Assign remote teams to branches, write the files, print what each team has."""
    from ui import actions
    from ui.cli import MISSED, inputs, output, planned, roster_files

    lang = context.obj
    levels = inputs.numbers([sure] if sure else None, "--sure")
    request = actions.AssignRequest(
        scenario,
        promise,
        limits,
        inputs.maybe_number(seconds, "--seconds") or 0.0,
        inputs.whole(seed, "--seed"),
        levels[0] if levels else None,
    )
    folder = actions.usable(out) if out else None
    with (
        output.progress(lang, "assigning", quiet=json) as tick,
        stoppable(lang) as stop,
        quiet_libraries(),
    ):
        document = actions.assign(request, desk(lang, tick, stop=stop))
    files = [] if folder is None else roster_files.of_assignment(lang, document, actions.make(folder))
    document = {**document, "files": [str(path) for path in files]}
    if json:
        output.document(document, without=("scenario_files",))
    else:
        planned.assignment(lang, document)
        _written(lang, document["files"])
    return MISSED if document["status"] == "infeasible" else 0


def replan(
    context: typer.Context,
    plan: str = _plan,
    actuals: str = typer.Option(..., "--actuals", metavar="FILE.csv"),
    at: str = typer.Option(..., "--at", metavar="TIME"),
    day: str = typer.Option("1", "--day", metavar="N|DATE"),
    out: str = typer.Option("", "--out", metavar="DIR", show_default=False),
    freeze: str = typer.Option("30", "--freeze", metavar="MIN"),
    standby: Texts = typer.Option(None, "--standby", metavar="ID"),
    seed: str = _seed,
    json: bool = _json,
) -> int:
    """Change as little of today as keeps the promise, write the files, print the changes."""
    import sim
    from ui import actions
    from ui.cli import INTERRUPTED, MISSED, inputs, output, planned, roster_files

    lang = context.obj
    at_s = inputs.clock(at, "--at")
    if at_s is None:
        raise sim.InputError.one("clock_form", field="--at", value=at)
    request = actions.ReplanRequest(
        plan,
        actuals,
        at_s,
        day,
        60 * inputs.whole(freeze, "--freeze"),
        inputs.names(standby),
        inputs.whole(seed, "--seed"),
    )
    folder = actions.usable(out) if out else None
    warm(lang, quiet=json)
    with (
        output.progress(lang, "replanning", quiet=json) as tick,
        stoppable(lang) as stop,
        quiet_libraries(),
    ):
        document = actions.replan(request, desk(lang, tick, stop=stop))
    files = [] if folder is None else roster_files.of_replan(lang, document, actions.make(folder), plan)
    document = {**document, "files": [str(path) for path in files]}
    if json:
        output.document(document, without=("plan", "coverage"))
    else:
        planned.replan(lang, document)
        _written(lang, document["files"])
    if document["interrupted"]:
        return INTERRUPTED
    return 0 if document["kept"] else MISSED
