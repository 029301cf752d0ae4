"""Files with wrong bytes in them: read as they are, or refused in words; never a failure of the program."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

import sim
from ui import words
from ui.exports import calendars, roster, template
from ui.imports import people, rosters

KNOWN = {
    "first_date": "2026-11-23", "teams": {"remote-a": None}, "places": {}, "skills": {}, "contracts": {}, "shapes": {},
    "people": [{"person": "a-01", "team": "remote-a"}],
}  # fmt: skip
TIMES = 60


def changed(data: bytes, luck: random.Random, alphabet: bytes = bytes(range(256))) -> bytes:
    out = bytearray(data)
    for _ in range(luck.randint(1, 15)):
        out[luck.randrange(len(out))] = luck.choice(alphabet)
    return bytes(out)


def packed(data: bytes, luck: random.Random) -> bytes:
    """Return a workbook with wrong characters in one of its parts, packed as a whole one."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        found = {name: parts.read(name) for name in parts.namelist()}
    name = luck.choice(sorted(found))
    found[name] = changed(found[name], luck, b'<>&"0123456789abcRs/= ')
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        for part, content in found.items():
            parts.writestr(part, content)
    return out.getvalue()


def refused_in_words(read, *given) -> None:
    """Read, or be refused with a sentence for everything that is wrong; any other exception fails the test."""
    found = None
    try:
        read(*given)
    except sim.InputError as error:
        found = error
    if found is not None:
        assert all(all(words.faults(lang, found)) for lang in words.LANGUAGES)


@pytest.mark.filterwarnings("ignore")  # the reader warns of parts that it does not understand
@pytest.mark.parametrize("how", [changed, packed])
def test_workbooks(how, tmp_path, planned):
    luck = random.Random(7)
    path = tmp_path / "broken.xlsx"
    for whole, read in (
        (template.workbook("zh", KNOWN, "S&1"), lambda: people.read(path)),
        (roster.workbook("zh", planned), lambda: rosters.read(path, planned["names"], 7)),
    ):
        for _ in range(TIMES):
            path.write_bytes(how(whole, luck))
            refused_in_words(read)


def test_rosters_as_csv(tmp_path, planned):
    luck = random.Random(8)
    path = tmp_path / "broken.csv"
    whole = roster.csv_text("zh", planned).encode()
    for number in range(4 * TIMES):
        path.write_bytes(changed(whole, luck, bytes(range(256)) if number % 3 else b'",\n0123456789:-'))
        refused_in_words(rosters.read, path, planned["names"], 7)


@pytest.mark.filterwarnings("ignore")
def test_calendars_that_are_continued(planned):
    luck = random.Random(9)
    document = {**planned, "first_date": "2026-11-23"}
    whole = calendars.of_team("zh", document, "remote-a")
    for _ in range(4 * TIMES):
        before = changed(whole, luck)
        refused_in_words(lambda before=before: calendars.of_team("zh", document, "remote-a", before=before))
