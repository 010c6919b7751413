"""`python -m app` is `ivig`."""

from app.cli import main

main()
