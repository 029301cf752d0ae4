"""Our own font draws what people read, in charts and on pages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
PAPER = ROOT / "ui" / "charts" / "fonts" / "CounterflowSansSC.otf"
WEB = ROOT / "ui" / "web" / "static" / "CounterflowSansSC.woff2"
SENTENCE = "柜流 Counterflow：高峰10–11点缺3人，90%等待≤12分钟 (±1.4)。喆堃玥珺镕昇赟 €¥ − × ÷ “引号”《书名》……"


@pytest.fixture(scope="module", params=[PAPER, WEB], ids=["paper", "web"])
def characters(request) -> set[int]:
    return set(TTFont(request.param).getBestCmap())


@pytest.mark.parametrize("format_", ["png", "pdf", "svg"])
def test_a_chart_draws_chinese_and_latin_without_a_missing_glyph(format_):
    """A missing glyph is a warning of matplotlib, and a warning is an error in our tests."""
    font = font_manager.FontProperties(fname=PAPER)
    assert font.get_name() == "Counterflow Sans SC"
    figure = Figure(figsize=(6, 1))
    figure.text(0.02, 0.4, SENTENCE, fontproperties=font)
    out = io.BytesIO()
    figure.savefig(out, format=format_)
    assert out.getbuffer().nbytes > 1_000


def test_the_font_has_every_character_of_gbk_level_one_and_two(characters):
    """GB2312's 6,763 Chinese characters, the ones that daily Chinese is written in."""
    daily = set()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            daily |= set(map(ord, bytes((high, low)).decode("gb2312", errors="ignore")))
    assert len(daily) == 6_763
    assert daily - characters == set()


def test_the_font_has_every_character_of_our_words_and_of_the_catalogue(characters):
    """What we write ourselves never falls back to a font that a server may lack."""
    texts = [path for path in (ROOT / "ui" / "words").rglob("*") if path.suffix in {".py", ".toml", ".po"}]
    texts += [path for path in (ROOT / "scenarios_catalog").rglob("*") if path.suffix in {".toml", ".csv"}]
    written = {character for path in texts for character in path.read_text("utf-8-sig")}
    missing = {c for c in written if c.isprintable() and ord(c) not in characters and ord(c) < 0x1F000}
    assert missing == set()
