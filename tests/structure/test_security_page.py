"""The page on security covers the standard, and names nothing that does not exist."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.support.repository import ROOT, read

PAGE = "docs/security.md"
STATUSES = ("met", "not applicable", "not yet")
LONGEST_MATTER = 8  # words: the page says what a requirement is about, and does not copy it

# Sections of OWASP ASVS 5.0.0, each with the levels of its requirements in their order.
SECTIONS = """
1.1 22        1.2 1111122223        1.3 112222222223  1.4 222       1.5 123
2.1 122       2.2 112               2.3 12223         2.4 23
3.1 3         3.2 113               3.3 12223         3.4 11222233  3.5 11122333  3.6 3  3.7 22333
4.1 12233     4.2 23333             4.3 22            4.4 1222
5.1 2         5.2 112333            5.3 113           5.4 222
6.1 122       6.2 111111112222      6.3 11223333      6.4 112233    6.5 22222333
6.6 2223      6.7 33                6.8 2222
7.1 222       7.2 1111              7.3 22            7.4 11222     7.5 223       7.6 22
8.1 1233      8.2 1123              8.3 133           8.4 23
9.1 111       9.2 1222
10.1 22       10.2 223              10.3 22223        10.4 1111122222233333
10.5 22222    10.6 22               10.7 222
11.1 2233     11.2 22233            11.3 11233        11.4 1222     11.5 23       11.6 23
11.7 33
12.1 12233    12.2 11               12.3 22223
13.1 2333     13.2 222223           13.3 2233         13.4 1222233
14.1 22       14.2 12223333         14.3 122
15.1 12233    15.2 12233            15.3 1222222      15.4 3333
16.1 2        16.2 22222            16.3 2222         16.4 222      16.5 2223
17.1 23       17.2 22223333         17.3 22
"""

ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (\S*) \| (.*?) \| (.*?) \| (.*) \|$", re.MULTILINE)
REFERENCE = re.compile(r"`((?:[\w.-]+/)*[\w.-]*\.?\w+)(?:::(\w+))?`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
COUNTS = re.compile(r"Of (\d+) requirements (\d+) are met, (\d+) not applicable, (\d+) not yet")


@dataclass(frozen=True)
class Row:
    number: str
    level: str
    matter: str
    status: str
    shown_by: str


ROWS = [Row(*groups) for groups in ROW.findall(read(PAGE))]


def levels_of_the_standard() -> dict[str, str]:
    """Return every requirement with its level."""
    words = SECTIONS.split()
    sections = zip(words[::2], words[1::2], strict=True)
    return {
        f"{section}.{place}": level
        for section, levels in sections
        for place, level in enumerate(levels, start=1)
    }


def slug(heading: str) -> str:
    """Return the anchor that a heading gets."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def is_a_place(name: str) -> bool:
    """Say whether a word in code style names a file of the repository."""
    return "/" in name or name.endswith((".py", ".md", ".toml", ".txt")) or name == ".dockerignore"


def places(text: str) -> list[tuple[str, str]]:
    """Return the files that a text names, each with a test in it or an empty name."""
    return [(file, test) for file, test in REFERENCE.findall(text) if is_a_place(file)]


def functions_of(file: str) -> set[str]:
    tree = ast.parse(read(file))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def missing(text: str) -> list[str]:
    """Return the files and tests that a text names and that do not exist."""
    found = []
    for file, test in places(text):
        if not (ROOT / file).exists():
            found.append(file)
        elif test and test not in functions_of(file):
            found.append(f"{file}::{test}")
    return found


def test_the_list_is_that_of_the_standard() -> None:
    assert Counter(levels_of_the_standard().values()) == {"1": 70, "2": 183, "3": 92}


def test_every_requirement_of_level_1_and_2_has_one_row() -> None:
    wanted = {number: level for number, level in levels_of_the_standard().items() if level < "3"}
    assert [number for number, n in Counter(row.number for row in ROWS).items() if n > 1] == []
    assert {row.number: row.level for row in ROWS} == wanted


def test_every_row_has_one_of_three_words_and_says_why() -> None:
    assert [row for row in ROWS if row.status not in STATUSES or not row.shown_by.strip()] == []


def test_what_is_met_is_shown_by_something() -> None:
    met = [row for row in ROWS if row.status == "met"]
    assert [row for row in met if not (places(row.shown_by) or LINK.search(row.shown_by))] == []


def test_no_sentence_of_the_standard_is_copied() -> None:
    assert [row for row in ROWS if len(row.matter.split()) > LONGEST_MATTER] == []


def test_the_sum_at_the_top_is_right() -> None:
    counts = Counter(row.status for row in ROWS)
    told = COUNTS.search(re.sub(r"\s+", " ", read(PAGE)))
    assert told is not None
    expected = [len(ROWS), *(counts[status] for status in STATUSES)]
    assert [int(number) for number in told.groups()] == expected


def test_everything_that_the_page_names_exists() -> None:
    assert missing(read(PAGE)) == []


def test_every_place_on_the_page_itself_is_there() -> None:
    text = read(PAGE)
    headings = {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    anchors = [link.removeprefix("#") for link in LINK.findall(text) if link.startswith("#")]
    assert anchors
    assert [anchor for anchor in anchors if anchor not in headings] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"`{PAGE}`", []),
        ("`tests/nothing.py`", ["tests/nothing.py"]),
        ("`tests/structure/test_security_page.py::test_the_sum_at_the_top_is_right`", []),
        (
            "`tests/structure/test_security_page.py::test_nothing`",
            ["tests/structure/test_security_page.py::test_nothing"],
        ),
        ("`IVIG_ORIGIN`, `ivig audit verify`, `X-Forwarded-For` and `/openapi.json`", []),
    ],
)
def test_what_is_missing_is_noticed(text: str, expected: list[str]) -> None:
    assert missing(text) == expected
