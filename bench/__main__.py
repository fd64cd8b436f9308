"""`python -m bench`: measure, print Markdown, and keep it in bench/results/."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from bench.report import Section, heading, save, targets_markdown

SECTIONS = (
    "posting",
    "following",
    "reading",
    "contexts",
    "searching",
    "agents",
    "starting",
    "commands",
    "terminal",
    "mcp",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("section", nargs="*", metavar="SECTION", help=f"which: {', '.join(SECTIONS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="smaller and one round only: to see that it works")
    arguments = parser.parse_args()
    if unknown := set(arguments.section) - set(SECTIONS):
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    sections: list[Section] = []
    for name in arguments.section or SECTIONS:
        sys.stderr.write(f"— {name}\n")
        sections.append(import_module(f"bench.{name}").measure(arguments.quick))
    text = "\n".join([heading(), targets_markdown(sections), *(section.markdown() for section in sections)])
    sys.stdout.write(text)
    save(text)


if __name__ == "__main__":
    main()
