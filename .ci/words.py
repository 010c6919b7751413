#!/usr/bin/env python3
"""Collect the messages of the code for translators: `python3 .ci/dev.py words`.

`app/web/locale/messages.pot` lists every message; the catalogue of each language is brought to
it. A translation whose message is gone goes too, and nothing is guessed: no entry is ever fuzzy.
No line number, no date: a catalogue changes when words change, and then only.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parent.parent
LOCALES: Final = ROOT / "app" / "web" / "locale"
TEMPLATE: Final = LOCALES / "messages.pot"
KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
    "forms": (1, 2),
    "say": (1,),
    "say_many": (1, 2),
}
_METHODS: Final = [
    ("cli/**.py", "ignore"),
    ("**.py", "python"),
    ("web/templates/**.html", "jinja2"),
]
# As `app.web.templating` reads them; an error in a template is one here.
_OPTIONS: Final = {
    "web/templates/**.html": {
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "newstyle_gettext": "true",
        "silent": "false",
    }
}
_COMMENTS: Final = ("Translators:",)
_HEAD: Final = ("Language:", "Plural-Forms", "MIME-Version", "Content-")


def collect(root: Path = ROOT) -> Catalog:
    """Return every message of the code, with the files that it stands in."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    found = extract_from_dir(root / "app", _METHODS, _OPTIONS, KEYWORDS, _COMMENTS)
    for file, _line, message, comments, context in sorted(found, key=lambda one: one[:2]):
        places = [(f"app/{file}", 0)]
        catalog.add(message, None, places, auto_comments=comments, context=context)
    return catalog


def written(catalog: Catalog) -> str:
    """Return a catalogue as its file has it."""
    file = io.BytesIO()
    write_po(
        file, catalog, sort_by_file=True, ignore_obsolete=True, include_lineno=False, width=100
    )
    head, _gap, messages = file.getvalue().decode().lstrip("\n").partition("\n\n")
    kept = tuple(f'"{name}' for name in _HEAD)
    lines = [line for line in head.splitlines() if line.startswith(("msg", *kept))]
    return "\n".join(lines) + f"\n\n{messages}"


def update(path: Path, template: Catalog) -> str:
    """Return the catalogue of a language with the messages of now."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parent.parent.name)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalog.fuzzy = False
    return written(catalog)


def catalogues() -> list[Path]:
    """Return the catalogue of each language."""
    return sorted(LOCALES.glob("*/LC_MESSAGES/messages.po"))


def main() -> int:
    """Write the template and the catalogues; with `--check` say whether the template is current."""
    template = collect()
    if "--check" in sys.argv[1:]:
        if TEMPLATE.exists() and TEMPLATE.read_text(encoding="utf-8") == written(template):
            return 0
        print("app/web/locale/messages.pot is not what the code says.")
        print("Write it anew with: python3 .ci/dev.py words")
        return 1
    updated = [(path, update(path, template)) for path in catalogues()]
    for path, text in [(TEMPLATE, written(template)), *updated]:
        path.write_text(text, encoding="utf-8")
    for path in catalogues():
        with path.open("rb") as file:
            read = [message for message in read_po(file) if message.id]
        missing = sum(not message.string or not all(message.string) for message in read)
        print(f"{path.parent.parent.name}: {len(read)} messages, {missing} to translate")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
