"""What an ordinary text of 4 kB costs the Sentinel: the lines of the package that run, which is no matter of time."""

import pytest

from aethel.cli.scanning import question_of_text
from aethel.rules import NO_RULES
from aethel.security.expert import SentinelExpert
from aethel.verdict import Vote
from tests.security.test_sink_breakouts import lines_run

EXPERT = SentinelExpert()
SIZE_BYTES = 4_000

MOST_LINES = {
    "The quick brown fox jumps over the lazy dog, and then it rests.": 1_400,
    "O'Brien & Sons, invoice #42 (50% off)": 2_500,
    "Счёт № 42 от ООО Ромашка, Müller GmbH": 3_900,
    "請求書42番 ソニーSony株式会社 御中": 1_800,
    "فاتورة رقم ٤٢ من شركة Google المحدودة": 1_900,
    "The “quick” brown fox’s den isn’t far — it’s near.": 3_700,
    "Оплата по договору поставки оборудования за март.": 1_700,
    "50% off & more; (a+b)=c #42 'x' \"y\" <z> {w} $5 @me | ~!": 60_000,
}
"""Lines that ran when this was written, and half of them again.

In the last text every line has signs of many grammars, at each of which somebody has to look.
"""


@pytest.mark.parametrize("words", MOST_LINES)
def test_a_text_of_4_kb_runs_few_lines(words: str) -> None:
    line = f"7 {f'{words} ' * (SIZE_BYTES // len(words.encode()))}"
    question = question_of_text(line.encode()[:SIZE_BYTES].decode(errors="ignore"), "Name", NO_RULES)

    judged = EXPERT.verify(question, 60_000)
    assert judged.verdict is Vote.APPROVE
    assert lines_run(lambda _: iter((EXPERT.verify(question, 60_000),)), "") <= MOST_LINES[words]
