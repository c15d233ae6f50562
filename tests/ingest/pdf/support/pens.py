"""A pen that writes pages from top to bottom, for the documents of the goldens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.ingest.pdf.support import sheets

LEFT, TOP, WIDTH, BOTTOM = 72.0, 90.0, 451.0, 760.0
LEADING = 1.35

EN = (
    "The harbour was dredged in the spring so that larger vessels could reach the inner quay.",
    "Each sounding was taken twice, and the lower of the two depths was entered in the chart.",
    "Sand from the outer channel was carried to the beach to replace what storms had taken.",
    "The pilots asked for a second light on the northern mole, which was built a year later.",
    "Fishing boats kept their old moorings, although the new basin offered them better shelter.",
    "A survey of the sea bed showed that mussels had settled again within eighteen months.",
    "Traffic on the coast road rose by a third while the cranes were being assembled.",
    "The town paid a fifth of the costs, and the remainder came from a fund for the islands.",
)
ZH = (
    "港口在春季完成了疏浚，较大的船舶因此可以驶入内侧码头。",
    "每个测点都测量两次，海图上记录其中较浅的一次读数。",
    "外航道挖出的沙子被运到海滩，补充了风暴带走的部分。",
    "引航员要求在北防波堤增设一座灯标，次年建成并投入使用。",
    "渔船仍停在原来的泊位，尽管新港池能够提供更好的遮蔽。",
    "海底调查表明，贻贝在十八个月之内重新附着生长。",
    "起重机安装期间，滨海公路的车流量增加了三分之一。",
    "该镇承担费用的五分之一，其余部分由海岛基金支付。",
)


def english(first: int, count: int) -> str:
    """Return `count` sentences from the `first` on."""
    return " ".join(EN[(first + at) % len(EN)] for at in range(count))


def chinese(first: int, count: int) -> str:
    return "".join(ZH[(first + at) % len(ZH)] for at in range(count))


@dataclass
class Pen:
    """Writes on the last page of a document; `y` is the baseline of the next line."""

    document: Any
    font: str = "helv"
    size: float = 10
    x: float = LEFT
    y: float = TOP
    width: float = WIDTH
    page: Any = None

    def __post_init__(self) -> None:
        self.page = sheets.page_of(self.document)

    def turn(self) -> None:
        """Go on at the top of a new page."""
        self.page = sheets.page_of(self.document)
        self.y = TOP

    def column(self, x: float, y: float, width: float) -> None:
        self.x, self.y, self.width = x, y, width

    def line(
        self, text: str, size: float = 0, font: str = "", indent: float = 0, after: float = 0
    ) -> None:
        """Write one line and go below it."""
        size = size or self.size
        sheets.write(self.page, self.x + indent, self.y, text, size, font or self.font)
        self.y += size * LEADING + after

    def lines(self, lines: Sequence[str], indent: float = 0, after: float = 0) -> None:
        for line in lines:
            self.line(line, indent=indent)
        self.y += after

    def text(self, text: str, indent: float = 0, after: float = 8) -> None:
        """Write a paragraph, broken to the width; its first line is not indented."""
        self.lines(self.broken(text, indent), indent, after)

    def broken(self, text: str, indent: float = 0) -> list[str]:
        return sheets.wrapped(text, self.width - indent, self.size, self.font)

    def heading(self, text: str, size: float = 15, font: str = "") -> None:
        self.y += 10
        self.line(text, size, font, after=6)


def drawn(draw: Callable[[Pen], None], font: str = "helv") -> bytes:
    """Return the PDF of what `draw` writes with a pen of this font."""
    return sheets.made(lambda document: draw(Pen(document, font)))


def grid(
    pen: Pen, columns: Sequence[float], rows: Sequence[float]
) -> Callable[[int, int, str], None]:
    """Return a writer of cells: `columns` and `rows` are their edges, relative to the pen."""

    def write(row: int, column: int, text: str) -> None:
        middle = (rows[row] + rows[row + 1]) / 2
        sheets.write(
            pen.page, pen.x + columns[column] + 5, pen.y + middle + 3.5, text, 10, pen.font
        )

    return write


def rule(pen: Pen, x0: float, y0: float, x1: float, y1: float, width: float = 0.7) -> None:
    """Draw a line between points relative to the pen."""
    pen.page.draw_line((pen.x + x0, pen.y + y0), (pen.x + x1, pen.y + y1), width=width)
