"""What machines may rely on: documents, exit codes, an empty standard output when input is bad."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from ui import words
from ui.cli import commands

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "ui.cli"]
ROW = {"measure", "place", "service", "pool", "interval_start", "value", "half_width"}


def process(*arguments: str, env: dict[str, str], **options) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, env=env, cwd=ROOT, check=False, **options)


def test_simulate_prints_one_document_with_every_measure(run, queue):
    answer = run("simulate", queue(), "--reps", "3", "--seed", "5", "--json")
    document = answer.document
    assert answer.code == 0
    assert answer.err == ""
    assert document["schema"] == "counterflow/simulate/1"
    assert (document["scenario"], document["engine"], document["seed"]) == ("queue", "kernel", 5)
    assert document["replications"] == 3
    assert all(set(row) == ROW for row in document["measures"])
    overall = {
        row["measure"]
        for row in document["measures"]
        if {row[name] for name in ("place", "service", "pool", "interval_start")} == {"*"}
    }
    assert overall == set(sim.MEASURES)
    starts = {row["interval_start"] for row in document["measures"]} - {"*"}
    assert starts
    assert all(isinstance(start, int) for start in starts)


def test_one_replication_has_no_half_width_and_what_is_undefined_is_null(run, queue):
    text = run("simulate", queue(), "--reps", "1", "--json").out
    document = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert {row["half_width"] for row in document["measures"]} == {None}


def test_both_engines_give_one_trace(run, queue):
    folder = queue()
    documents = [
        run("simulate", folder, "--reps", "2", "--trace", "--engine", engine, "--json").document
        for engine in ("kernel", "simpy")
    ]
    assert documents[0]["trace_sha256"] == documents[1]["trace_sha256"]
    assert len(documents[0]["trace_sha256"]) == 64
    assert "trace_sha256" not in run("simulate", folder, "--reps", "2", "--json").document


def test_the_same_seed_gives_the_same_bytes_on_one_and_on_two_threads(run, queue):
    folder = queue()
    texts = {
        run("simulate", folder, "--reps", "4", "--threads", threads, "--fresh", "--json").out for threads in ("1", "2")
    }
    assert len(texts) == 1


def test_a_kept_result_is_the_computed_one(run, queue, home):
    folder = queue()
    first = run("simulate", folder, "--reps", "3", "--json").out
    assert run("simulate", folder, "--reps", "3", "--json").out == first
    assert run("simulate", folder, "--reps", "3", "--json", "--fresh").out == first
    assert (home / "counterflow.db").exists()


def test_a_changed_scenario_is_computed_again(run, queue):
    folder = queue()
    before = run("simulate", folder, "--reps", "3", "--json").out
    path = Path(folder, "scenario.toml")
    path.write_text(path.read_text("utf-8").replace("staff = 4", "staff = 5"), "utf-8")
    assert run("simulate", folder, "--reps", "3", "--json").out != before


def test_set_changes_a_team(run, queue):
    folder = queue()
    few, many = (run("simulate", folder, "--set", f"clerks={n}", "--reps", "3", "--json").document for n in (3, 9))
    assert few["staff"] == {"clerks": 3}

    def wait(document):
        return next(row["value"] for row in document["measures"] if row["measure"] == "wait_mean_s")

    assert wait(few) > wait(many)


def test_a_half_width_stops_early(run, queue):
    folder = queue(staff=6)
    document = run("simulate", folder, "--reps", "200", "--half-width", "wait_mean_s=60", "--json").document
    assert document["replications"] < 200


def test_sampled_inputs_have_half_widths_of_their_own(run, queue):
    """Every row has both; another file of draws is another result; a person sees two columns."""
    folder = Path(queue())
    (stream,) = sim.read(folder).stream
    rows = "".join(f"{n},stream/{stream}/rate_per_hour,{50 + 10 * n}\n" for n in range(1, 7))
    (folder / "draws.csv").write_text("draw,path,value\n" + rows)
    document = run("simulate", str(folder), "--reps", "12", "--inputs", "sampled", "--json").document
    assert document["inputs"] == {"mode": "sampled", "sets": 6, "replications_each": 2}
    assert all(set(row) == ROW | {"input_half_width"} for row in document["measures"])
    (offered,) = (
        row
        for row in document["measures"]
        if row["measure"] == "offered" and row["place"] == "*" == row["service"] == row["interval_start"]
    )
    assert offered["input_half_width"] > 0 < offered["half_width"]
    assert "inputs_sampled" in {one["code"] for one in document["findings"]}
    (folder / "draws.csv").write_text("draw,path,value\n" + rows.replace(",60\n", ",10\n"))
    other = run("simulate", str(folder), "--reps", "12", "--inputs", "sampled", "--json").document
    assert other["measures"] != document["measures"]
    for lang, column in (("zh", "输入不确定"), ("en", "input uncertainty")):
        assert column in run("--lang", lang, "simulate", str(folder), "--reps", "4", "--inputs", "sampled").out


def test_days_replace_those_of_the_scenario(run, queue):
    assert run("simulate", queue(), "--reps", "2", "--days", "3", "--json").document["days"] == 3


def test_compare_prints_paired_differences_and_nothing_of_the_machine(run, queue):
    answer = run("compare", queue("few", 3), queue("many", 6), "--reps", "5", "--json")
    document = answer.document
    assert answer.code == 0
    assert document["schema"] == "counterflow/compare/1"
    wait = next(row for row in document["comparisons"] if row["measure"] == "wait_mean_s")
    assert wait["pair"] == ["few", "many"]
    assert wait["verdict"] == "lower"
    assert wait["difference"] == pytest.approx(wait["b"] - wait["a"])
    assert wait["half_width"] > 0
    assert not {"studies", "key", "threads", "host", "time"} & set(document)
    names = [row["measure"] for row in document["comparisons"]]
    assert len(names) == len(set(names))


def test_scenarios_list_names_those_that_run(run):
    document = run("scenarios", "list", "--json").document
    assert document["schema"] == "counterflow/scenarios/1"
    found = {one["id"]: one for one in document["scenarios"]}
    assert {"S02", "S03"} <= set(found)
    assert set(found["S03"]["title"]) == {"zh", "en"}


def test_scenarios_show_and_schema(run):
    shown = run("scenarios", "show", "S03", "--json").document
    assert shown["schema"] == "counterflow/scenario/1"
    assert shown["scenario"]["id"] == "S03"
    assert "remote-a" in run("scenarios", "show", "S03").out
    schema = run("scenarios", "schema").document
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "place" in schema["properties"]


def test_scenarios_check_tells_what_misses_by_its_exit_code(run):
    answer = run("scenarios", "check", "S03", "--json")
    document = answer.document
    assert document["schema"] == "counterflow/checks/1"
    for row in document["checks"]:
        assert set(row) == {"id", "code", "headline", "value", "half_width", "band", "label", "verdict"}
        assert row["verdict"] in ("PASS", "MISS")
    assert set(document["without_checks"]) <= {"S03"}
    assert answer.code == (1 if "MISS" in {row["verdict"] for row in document["checks"]} else 0)


BAD = {
    "an unknown scenario": ["simulate", "S99"],
    "a folder that is no scenario": ["simulate", "{empty}"],
    "a file": ["simulate", "{file}"],
    "inputs of which there are no draws": ["simulate", "{queue}", "--inputs", "sampled"],
    "an unknown kind of inputs": ["simulate", "{queue}", "--inputs", "guessed"],
    "no number": ["simulate", "{queue}", "--reps", "many"],
    "a negative number": ["simulate", "{queue}", "--reps", "-3"],
    "no replications": ["simulate", "{queue}", "--reps", "0"],
    "a seed below zero": ["simulate", "{queue}", "--seed", "-1"],
    "no days": ["simulate", "{queue}", "--days", "0"],
    "no threads": ["simulate", "{queue}", "--threads", "0"],
    "an unknown engine": ["simulate", "{queue}", "--engine", "warp"],
    "an unknown team": ["simulate", "{queue}", "--set", "pilots=3"],
    "fewer than nobody": ["simulate", "{queue}", "--set", "clerks=-1"],
    "a --set without a number": ["simulate", "{queue}", "--set", "clerks"],
    "a half-width of nothing": ["simulate", "{queue}", "--half-width", "wait_mean_s=0"],
    "an unknown measure": ["simulate", "{queue}", "--half-width", "happiness=1"],
    "a number too long to be one": ["simulate", "{queue}", "--reps", "9" * 5000],
    "one scenario to compare": ["compare", "{queue}"],
    "a scenario against itself": ["compare", "{queue}", "{queue}"],
    "an unknown option": ["simulate", "{queue}", "--fast"],
    "an unknown command": ["simulat", "{queue}"],
    "an option without its value": ["simulate", "{queue}", "--reps"],
    "nothing to simulate": ["simulate"],
    "one argument too many": ["simulate", "{queue}", "{queue}"],
    "an unknown language": ["--lang", "fr", "simulate", "{queue}"],
    "no log": ["calibrate", "{out}/none.txt", "--preset", "anonymous-bank", "--out", "{out}"],
    "a log with other columns": ["calibrate", "{csv}", "--preset", "anonymous-bank", "--out", "{out}"],
    "an unknown preset": ["calibrate", "{csv}", "--preset", "none", "--out", "{out}"],
    "an out that is a file": ["calibrate", "{csv}", "--preset", "anonymous-bank", "--out", "{file}"],
    "a log that no preset fits": ["calibrate", "{csv}", "--out", "{out}"],
    "a look at what is not there": ["calibrate", "{out}/none.txt", "--dry-run"],
    "a mapping file that is none": ["calibrate", "{csv}", "--map", "{file}", "--out", "{out}"],
    "a mapping file that is not there": ["calibrate", "{csv}", "--map", "{out}/m.toml", "--out", "{out}"],
    "both a preset and a mapping file": ["calibrate", "{csv}", "--preset", "counts", "--map", "m", "--out", "{out}"],
    "a share that is none": ["calibrate", "{csv}", "--preset", "counts", "--allow", "7", "--out", "{out}"],
    "more than all": ["calibrate", "{csv}", "--preset", "counts", "--allow", "101%", "--out", "{out}"],
    "a log without a place to write": ["calibrate", "{csv}", "--preset", "counts"],
    "a promise that is none": ["plan", "S03", "--promise", "soon", "--out", "{out}"],
    "a promise of more than all": ["plan", "S03", "--promise", "180% in 80s", "--out", "{out}"],
    "a plan for an unknown team": ["plan", "S03", "--teams", "pilots", "--out", "{out}"],
    "a plan into a file": ["plan", "S03", "--out", "{file}"],
    "a promise of weeks": ["plan", "S03", "--promise", "80% in 9999999s", "--out", "{out}"],
    "a plan into nowhere": ["plan", "S03", "--out", ""],
    "more people than live there": ["simulate", "{queue}", "--set", "clerks=99999999999"],
    "a plan of no weeks": ["plan", "S03", "--weeks", "0", "--out", "{out}"],
    "a plan where nobody is remote": ["plan", "S02", "--out", "{out}"],
    "a port that is none": ["serve", "--port", "99999999"],
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_bad_input_exits_with_2_says_why_and_writes_nothing(what, lang, run, queue, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "log.csv").write_text("a,b\n1,2\n")
    places = {
        "{queue}": queue(), "{empty}": str(tmp_path / "empty"), "{file}": str(tmp_path / "file"),
        "{csv}": str(tmp_path / "log.csv"), "{out}": str(tmp_path / "out"),
    }  # fmt: skip
    arguments = []
    for one in BAD[what]:
        for name, place in places.items():
            one = one.replace(name, place)
        arguments.append(one)
    if BAD[what][0] != "--lang":
        arguments = ["--lang", lang, *arguments]
    before = sorted(tmp_path.rglob("*"))
    answer = run(*arguments)
    assert answer.code == 2, answer
    assert answer.out == ""
    assert answer.err.startswith(("error: ", "错误："))
    assert "Traceback" not in answer.err
    assert "“?”" not in answer.err
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before] == []


BROKEN = {
    "an unknown pool": ('by = ["clerks"]', 'by = ["clercs"]', "clercs"),
    "a negative rate": ("rate_per_hour = 80", "rate_per_hour = -80", "-80"),
    "broken TOML": ("[team.clerks]", "[team.clerks", "TOML"),
    "an unknown field": ("staff = 4", "staff = 4\ncolour = 1", "colour"),
    "an unknown law": ('law = "exponential"', 'law = "expo"', "expo"),
    "a route that never releases": (
        '{ serve = { by = ["clerks"], takes = { law = "exponential", mean_s = 120 } } }',
        '{ seize = { needs = [["clerks"]] } }',
        "never released",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_scenario_is_refused_with_file_field_and_value(what, run, queue):
    folder = queue()
    path = Path(folder, "scenario.toml")
    old, new, named = BROKEN[what]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    answer = run("simulate", folder, "--json")
    assert answer.code == 2
    assert answer.out == ""
    assert named in answer.err
    assert str(path) in answer.err


def test_all_errors_of_a_file_come_at_once(run, queue):
    folder = queue()
    path = Path(folder, "scenario.toml")
    text = path.read_text("utf-8").replace("staff = 4", "staff = -4").replace("hour = 80", "hour = -80")
    path.write_text(text, "utf-8")
    assert len(run("simulate", folder).err.splitlines()) == 2


def test_a_broken_csv_is_refused_with_its_row(run, queue):
    folder = queue()
    Path(folder, "staffing.csv").write_text("team,start,end,count\nclerks,09:00,10:00\n", "utf-8")
    answer = run("simulate", folder, "--json")
    assert answer.code == 2
    assert answer.out == ""
    assert "staffing.csv, row 2" in answer.err


def test_a_person_gets_findings_and_a_table(run, queue, home):
    answer = run("simulate", queue(), "--reps", "3")
    assert answer.code == 0
    assert "• Customers wait" in answer.out
    assert "3 replications of 1 day(s); seed 1" in answer.out
    assert answer.err.splitlines()[-1] == "simulating: 100 %"
    assert "\x1b" not in answer.out + answer.err
    assert len(answer.err.splitlines()) <= 5


def test_chinese_speaks_chinese(run, queue):
    answer = run("simulate", queue(), "--reps", "3", "--lang", "zh")
    assert "一条队" in answer.out
    assert "客户平均等待" in answer.out


def test_a_home_that_cannot_be_written_does_not_stop_a_simulation(run, queue, tmp_path, monkeypatch):
    (tmp_path / "blocked").write_text("a file where the folder should be")
    monkeypatch.setenv("COUNTERFLOW_HOME", str(tmp_path / "blocked" / "home"))
    answer = run("simulate", queue(), "--reps", "2")
    assert answer.code == 0
    assert "results are not kept" in answer.err


def test_a_viewer_may_not_simulate(run, queue, monkeypatch):
    monkeypatch.setenv("COUNTERFLOW_ROLE", "viewer")
    answer = run("simulate", queue(), "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "viewer" in answer.err


def parameters(command, path=()):
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from parameters(below, (*path, name))


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_command_and_option_has_help(lang):
    for path, command in parameters(commands.build(lang)):
        assert command.help, path
        for param in command.params:
            assert param.help, (path, param.name)


def test_help_in_the_language_asked_for(environment):
    done = process("--lang", "zh", "simulate", "--help", env=environment)
    assert done.returncode == 0
    assert "重复次数" in done.stdout.decode()


def test_a_process_prints_utf_8_whatever_the_locale(environment):
    env = {**environment, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = process("scenarios", "list", "--json", env=env)
    assert done.returncode == 0
    assert "远程" in done.stdout.decode("utf-8")
    shown = process("--lang", "zh", "scenarios", "list", env=env)
    assert (shown.returncode, b"Traceback" in shown.stderr) == (0, False)


def test_ctrl_c_ends_with_130_and_no_traceback(environment, queue):
    options = {"start_new_session": True} if os.name == "posix" else {}
    running = subprocess.Popen(
        [*COMMAND, "simulate", queue(), "--reps", "100000", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=ROOT, **options,
    )  # fmt: skip
    time.sleep(4)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
    assert b"interrupted" in err


def test_who_reads_the_output_may_leave(environment):
    command = f"{sys.executable} -m ui.cli scenarios show S03 --json | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, env=environment, cwd=ROOT, check=False)
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


@pytest.mark.bench
def test_help_costs_little_more_than_a_bare_interpreter_with_typer(environment):
    """A ratio, because this machine's speed is not known: help is typer, rich and our words, and no engine."""

    def cost(*arguments: str) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], capture_output=True, env=environment, cwd=ROOT, check=True)
            times.append(time.perf_counter() - start)
        return min(times)

    assert cost("-m", "ui.cli", "--help") < 2.5 * cost("-c", "import typer, typer.rich_utils")


def test_help_loads_no_engine_solver_or_server(environment):
    program = (
        "import sys; from ui import cli; cli.main(['--help']);"
        "heavy = {'numpy', 'numba', 'scipy', 'ortools', 'streamlit', 'pandas', 'matplotlib', 'sqlalchemy', 'pydantic'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


LOGS = Path(__file__).parents[1] / "calibration" / "fixtures"


def test_a_dry_run_shows_how_a_log_would_be_read_and_writes_nothing(run, tmp_path):
    answer = run("calibrate", str(LOGS / "ticket_machine.csv"), "--dry-run", "--out", str(tmp_path / "out"), "--json")
    document = answer.document
    assert (answer.code, document["schema"], document["preset"], document["ready"]) == (
        0, "counterflow/look/1", "ticket-machine", True,
    )  # fmt: skip
    (one,) = document["files"]
    assert one["rows"][1]["wait_s"] == 60
    assert {"idCard", "qNmae"} <= set(one["unread"])
    assert not (tmp_path / "out").exists()
    shown = run("--lang", "zh", "calibrate", str(LOGS / "ticket_machine.csv"), "--dry-run").out
    assert "取" in shown
    assert "张三" not in shown


def test_a_dry_run_asks_for_what_is_missing(run, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("票号,取号时间,备注\n1,2026-03-02 09:00:00,x\n", "utf-8")
    answer = run("--lang", "en", "calibrate", str(path), "--dry-run")
    assert answer.code == 1
    assert "Which column is it?" in answer.out
    assert '# service_s = "?"' in answer.out
    document = run("calibrate", str(path), "--dry-run", "--json").document
    assert (document["ready"], document["preset"]) == (False, None)
    assert 'arrive = "取号时间"' in document["mapping"]


def test_forty_percent_garbage_is_refused_and_nothing_is_written(run, tmp_path):
    lines = (LOGS / "ticket_machine.csv").read_text("gbk").splitlines()
    path = tmp_path / "log.csv"
    path.write_text("\n".join(line if k % 5 < 3 else "#" * 30 for k, line in enumerate(lines)), "utf-8")
    answer = run("--lang", "zh", "calibrate", str(path), "--preset", "ticket-machine", "--out", str(tmp_path / "out"))
    assert answer.code == 2
    assert "5%" in answer.err
    assert "列数不对" in answer.err
    assert not (tmp_path / "out").exists()


def test_the_share_that_may_be_dropped_can_be_named_or_left_open():
    from ui.cli import inputs

    assert [inputs.share(text, "--allow") for text in ("", "10%", "0.1", "7.5 %", "100%")] == [
        None,
        0.1,
        0.1,
        0.075,
        1.0,
    ]
    assert inputs.with_share(["calibrate", "--allow", "log.csv"]) == ["calibrate", "--allow=100%", "log.csv"]
    assert inputs.with_share(["calibrate", "log.csv", "--allow"]) == ["calibrate", "log.csv", "--allow=100%"]
    assert inputs.with_share(["calibrate", "--allow", "20%", "log.csv"])[1:3] == ["--allow", "20%"]


def test_the_key_of_people_is_made_once_and_nobody_else_may_read_it(tmp_path, monkeypatch):
    import stat

    from ui.actions import people

    monkeypatch.setenv("COUNTERFLOW_HOME", str(tmp_path / "home"))
    first = people.key()
    assert len(first) == 32
    assert people.key() == first
    assert stat.S_IMODE((tmp_path / "home" / people.NAME).stat().st_mode) == 0o600
