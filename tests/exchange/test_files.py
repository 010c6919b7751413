from __future__ import annotations

from pathlib import Path

import pytest

from app.exchange.files import Record, read_records


def read(tmp_path: Path, data: bytes) -> list[Record]:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    return list(read_records(path))


def cells(records: list[Record]) -> list[tuple[int, list[str]]]:
    return [(record.line, record.cells) for record in records if not record.broken]


def test_the_header_is_line_1(tmp_path: Path) -> None:
    assert cells(read(tmp_path, b"a,b\n1,2\n")) == [(1, ["a", "b"]), (2, ["1", "2"])]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_is_read(tmp_path: Path, end: bytes) -> None:
    assert cells(read(tmp_path, end.join([b"a", b"1", b"2"]))) == [
        (1, ["a"]),
        (2, ["1"]),
        (3, ["2"]),
    ]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    assert cells(read(tmp_path, b"\xef\xbb\xbfa\n")) == [(1, ["a"])]


def test_a_record_stands_on_its_first_line(tmp_path: Path) -> None:
    data = b'a,b\n1,"two\nlines"\n3,4\n'
    assert cells(read(tmp_path, data)) == [
        (1, ["a", "b"]),
        (2, ["1", "two\nlines"]),
        (4, ["3", "4"]),
    ]


def test_blank_lines_count_and_are_left_out(tmp_path: Path) -> None:
    assert cells(read(tmp_path, b"a,b\n\n,\n1,2\n")) == [(1, ["a", "b"]), (4, ["1", "2"])]


def test_bytes_that_are_not_utf_8_are_kept_apart(tmp_path: Path) -> None:
    (record,) = read(tmp_path, b"caf\xe9,ok\n")
    assert record.cells == ["caf\udce9", "ok"]


def test_a_quotation_mark_never_closed_costs_its_line_only(tmp_path: Path) -> None:
    records = read(tmp_path, b'a,b\n1,"open\n3,4\n5,6\n')
    assert [(r.line, r.broken) for r in records if r.broken] == [
        (2, "a quotation mark is opened and never closed")
    ]
    assert cells(records)[1:] == [(3, ["3", "4"]), (4, ["5", "6"])]


def test_text_behind_a_quoted_cell_costs_its_line_only(tmp_path: Path) -> None:
    records = read(tmp_path, b'a,b\n1,"x"y\n3,4\n')
    assert [record.line for record in records if record.broken] == [2]
    assert cells(records)[1:] == [(3, ["3", "4"])]


def test_a_cell_beyond_all_bounds_costs_its_line_only(tmp_path: Path) -> None:
    records = read(tmp_path, b"a,b\n1," + b"x" * 200_000 + b"\n3,4\n")
    assert [record.broken[:41] for record in records if record.broken] == [
        "a cell has more than 131072 characters; i"
    ]
    assert cells(records)[1:] == [(3, ["3", "4"])]


def test_an_open_quotation_mark_in_a_long_file_is_found_early(tmp_path: Path) -> None:
    good = [b"%d,x" % number for number in range(60_000)]
    records = read(tmp_path, b"\n".join([b"a,b", b'0,"open', *good]))
    assert [record.line for record in records if record.broken] == [2]
    assert len(cells(records)) == 1 + len(good)


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    assert read(tmp_path, b"") == []
