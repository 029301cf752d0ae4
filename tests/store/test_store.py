"""The store keeps what it was given, shows when it was touched, and hands a job to one worker at a time."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

import sim
import store
from store import jobs as jobs_module

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def opened(tmp_path):
    found = store.open_store(tmp_path / "home")
    yield found
    found.close()


def note(opened, subject: str) -> int:
    return opened.audit.append(who="wang", role="planner", action="simulate", subject=subject, detail={"seed": 1})


def test_results_come_back_as_they_were(opened):
    document = {"schema": "x/1", "文": "字", "rows": [{"value": 0.1, "half_width": None}]}
    opened.results.put("k", "simulate", document)
    assert opened.results.get("k") == document
    assert opened.results.get("other") is None


def test_a_result_put_twice_is_the_last_one(opened):
    opened.results.put("k", "simulate", {"n": 1})
    opened.results.put("k", "simulate", {"n": 2})
    assert opened.results.get("k") == {"n": 2}


def test_a_result_whose_bytes_were_changed_counts_as_absent(opened, tmp_path):
    opened.results.put("k", "simulate", {"wait": 1.5})
    with sqlite3.connect(tmp_path / "home" / "counterflow.db") as raw:
        raw.execute("UPDATE results SET document = '{\"wait\":0.5}'")
    assert opened.results.get("k") is None


def test_what_is_no_number_is_not_kept(opened):
    with pytest.raises(ValueError, match="JSON"):
        opened.results.put("k", "simulate", {"wait": float("nan")})


def test_the_audit_trail_holds_and_reads_newest_first(opened):
    assert [note(opened, name) for name in "abc"] == [1, 2, 3]
    assert [entry.subject for entry in opened.audit.entries()] == ["c", "b", "a"]
    assert opened.audit.broken() is None


def test_the_audit_trail_can_only_be_added_to(opened):
    note(opened, "a")
    for statement in ("UPDATE audit SET who = 'li'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="append-only"), opened.engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    "tamper", ["UPDATE audit SET detail = '{}' WHERE number = 2", "DELETE FROM audit WHERE number = 2"]
)
def test_the_audit_trail_shows_the_first_row_that_was_touched(opened, tmp_path, tamper):
    for name in "abc":
        note(opened, name)
    with sqlite3.connect(tmp_path / "home" / "counterflow.db") as raw:
        raw.execute("DROP TRIGGER audit_no_update")
        raw.execute("DROP TRIGGER audit_no_delete")
        raw.execute(tamper)
    assert opened.audit.broken() == 2


def test_many_writers_make_one_chain(opened):
    threads = [threading.Thread(target=lambda: [note(opened, "x") for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened.audit.entries(limit=100)) == 40
    assert opened.audit.broken() is None


def offer(opened, seed: int = 1) -> str:
    return opened.jobs.offer("simulate", {"scenario": "S03", "seed": seed}, who="wang", role="planner")


def test_jobs_are_claimed_in_order_and_once(opened):
    first, second = offer(opened, 1), offer(opened, 2)
    assert opened.jobs.ahead(second) == 1
    assert opened.jobs.claim("a:1").id == first
    assert opened.jobs.claim("b:1").id == second
    assert opened.jobs.claim("c:1") is None


def test_a_job_is_claimed_by_one_of_many_workers(opened):
    for seed in range(20):
        offer(opened, seed)
    taken: list[str] = []

    def work(name: str) -> None:
        while (job := opened.jobs.claim(name)) is not None:
            taken.append(job.id)

    threads = [threading.Thread(target=work, args=(f"host-{i}:1",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 20


def test_a_job_goes_from_waiting_to_done(opened):
    name = offer(opened)
    assert opened.jobs.get(name).state == "waiting"
    opened.jobs.claim("a:1")
    assert opened.jobs.beat(name, "a:1", 3, 10)
    job = opened.jobs.get(name)
    assert (job.state, job.done, job.total, job.active) == ("running", 3, 10, True)
    assert opened.jobs.succeed(name, "a:1", "key")
    job = opened.jobs.get(name)
    assert (job.state, job.result, job.active) == ("done", "key", False)


def test_a_job_belongs_to_who_claimed_it(opened):
    name = offer(opened)
    opened.jobs.claim("a:1")
    assert not opened.jobs.beat(name, "b:1", 1, 2)
    assert not opened.jobs.succeed(name, "b:1", "key")


def test_a_cancelled_job_tells_its_worker(opened):
    name = offer(opened)
    opened.jobs.claim("a:1")
    assert opened.jobs.cancel(name)
    assert not opened.jobs.beat(name, "a:1", 1, 2)
    assert not opened.jobs.cancel(name)


def test_the_job_of_a_killed_worker_is_offered_again_three_times(opened):
    name = offer(opened)
    for tries in (1, 2, 3):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        worker = f"{jobs_module.worker_name().rpartition(':')[0]}:{child.pid}"
        job = opened.jobs.claim(worker)
        assert (job.id, job.tries) == (name, tries)
        assert opened.jobs.claim("other:1") is None, "its worker still lives"
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert opened.jobs.claim("other:1") is None
    job = opened.jobs.get(name)
    assert job.state == "failed"
    assert job.faults[0]["code"] == "job_killed"


def test_the_job_of_a_silent_worker_elsewhere_is_offered_again(opened, monkeypatch):
    name = offer(opened)
    opened.jobs.claim("elsewhere:1")
    assert opened.jobs.claim("here:1") is None
    monkeypatch.setattr(jobs_module, "SILENT_S", -1.0)
    assert opened.jobs.claim("here:1").id == name


def test_a_folder_that_cannot_be_used_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(sim.InputError) as caught:
        store.open_store(tmp_path / "file" / "home")
    assert caught.value.faults[0].code == "store_unusable"


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "counterflow.db").write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(sim.InputError) as caught:
        store.open_store(tmp_path)
    assert caught.value.faults[0].code == "store_damaged"


def test_a_database_of_a_later_version_is_refused(tmp_path):
    store.open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "counterflow.db") as raw:
        raw.execute("UPDATE about SET value = '99' WHERE name = 'version'")
    with pytest.raises(sim.InputError) as caught:
        store.open_store(tmp_path)
    assert caught.value.faults[0].code == "store_unusable"


WRITER = """
import sys
import store
opened = store.open_store(sys.argv[1])
n = 0
while True:
    n += 1
    opened.audit.append(who="w", role="r", action="a", subject=str(n), detail={})
    print(n, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_nothing_that_was_acknowledged_is_lost_when_the_writer_is_killed(tmp_path):
    """Killed in the middle of writing, five times: every row it had told of is there, and the chain holds."""
    acknowledged = 0
    for _ in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT, text=True
        )
        for _ in range(20):
            writer.stdout.readline()
        time.sleep(0.02)
        writer.send_signal(signal.SIGKILL)
        acknowledged += 20 + len(writer.stdout.read().splitlines())
        writer.stdout.close()
        writer.wait()
    opened = store.open_store(tmp_path)
    assert len(opened.audit.entries(limit=100_000)) >= acknowledged
    assert opened.audit.broken() is None
    opened.close()
