"""Take the chart library out of `vl_convert`: ``python -m app.web.charts.make_bundle FOLDER``.

An image can do so when it is built, so that nobody waits and the cache can be read-only.
"""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from app.web.charts import bundle

_NICE: Final = 10
_FOR_EVERYBODY: Final = 0o644


def make(folder: Path) -> Path:
    """Write the compressed library into a cache, whole or not at all; return where it lies."""
    import vl_convert  # noqa: PLC0415 - 100 MB that only this process needs

    target = bundle.file_in(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    # The time of compression stays out, so that two makers write the same bytes.
    content = gzip.compress(vl_convert.javascript_bundle(bundle.SNIPPET).encode(), 9, mtime=0)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as partial:
        partial.write(content)
    Path(partial.name).chmod(_FOR_EVERYBODY)
    Path(partial.name).replace(target)
    return target


if __name__ == "__main__":
    os.nice(_NICE)
    make(Path(sys.argv[1]))
