"""`python -m envctl`."""

from envctl.cli.main import main

main()
