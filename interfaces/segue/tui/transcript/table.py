"""A table that is no wider than the screen: cells wrap, and where even that has no room, each row becomes a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segue.tui.transcript.lines import Line, Span, fit, text_of, width_of, wrap

Row = tuple[Line, ...]

_BETWEEN = Span(" │ ", ("rule",))
_NARROWEST = 8  # cells of a column that is shrunk


def draw(rows: Sequence[Row], aligns: Sequence[str], width: int) -> list[Line]:
    """Return the lines of a table; its first row is the heading."""
    natural = [max(_widest(row[column]) for row in rows) for column in range(len(rows[0]))]
    room = width - len(_BETWEEN.text) * (len(natural) - 1)
    if sum(min(n, _NARROWEST) for n in natural) > room:
        return list(_records(rows, width))
    return list(_columns(rows, aligns, _shrunk(natural, room)))


def _widest(cell: Line) -> int:
    return max(1, *(width_of(line) for line in wrap(cell, 10_000)))


def _shrunk(widths: list[int], room: int) -> list[int]:
    """Take from the widest columns until all fit."""
    while (excess := sum(widths) - room) > 0:
        widest = max(widths)
        second = max((w for w in widths if w < widest), default=_NARROWEST)
        those = [i for i, w in enumerate(widths) if w == widest]
        step = max(1, min(widest - max(second, _NARROWEST), -(-excess // len(those))))
        for i in those[:excess]:
            widths[i] -= step
    return widths


def _columns(rows: Sequence[Row], aligns: Sequence[str], widths: list[int]) -> Iterator[Line]:
    rule = (Span("─┼─".join("─" * w for w in widths), ("rule",)),)
    drawn = [[wrap(cell, w) for cell, w in zip(row, widths, strict=True)] for row in rows]
    tall = any(len(cell) > 1 for row in drawn for cell in row)
    for number, row in enumerate(drawn):
        if number == 1 or (number and tall):
            yield rule
        for y in range(max(map(len, row))):
            cells = [cell[y] if y < len(cell) else () for cell in row]
            yield _joined([_aligned(*cell) for cell in zip(cells, aligns, widths, strict=True)])


def _joined(cells: list[Line]) -> Line:
    line: list[Span] = []
    for number, cell in enumerate(cells):
        line += [_BETWEEN, *cell] if number else cell
    return tuple(line)


def _aligned(cell: Line, align: str, width: int) -> Line:
    missing = width - width_of(cell)
    before = {"right": missing, "center": missing // 2}.get(align, 0)
    return (Span(" " * before), *fit(cell, width - before)) if before > 0 else fit(cell, width)


def _records(rows: Sequence[Row], width: int) -> Iterator[Line]:
    heads, *others = rows
    for number, row in enumerate(others or [heads]):
        if number:
            yield (Span("─" * min(width, 10), ("rule",)),)
        for head, cell in zip(heads, row, strict=True):
            label = (*head, Span(": ")) if others and text_of(head) else ()
            yield from wrap((*label, *cell), width)
