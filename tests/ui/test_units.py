"""What `counterflow simulate` shows of units, outcomes and the ledger, in both languages."""

import pytest

import sim
from tests.pages import scenario_of


@pytest.mark.parametrize(("lang", "whole", "bill"), [("en", "the bank", "bill"), ("zh", "全行", "应付账单")])
def test_units_stand_below_each_other_and_the_bank_last(tmp_path, monkeypatch, run, lang, whole, bill):
    monkeypatch.setenv("COUNTERFLOW_LANG", lang)
    folder = sim.write(scenario_of("mechanisms-money.md", 1), tmp_path / "tenants")
    said = run("simulate", str(folder), "--reps", "2").out
    table = said[said.index(bill) :].splitlines()
    assert [line.split("  ")[0].strip() for line in table[2:6]] == ["a", "b", "bank", whole]
    assert "CONTACT" in said
