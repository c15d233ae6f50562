"""Takes one page to the engine: draws it at a fitting scale, straight and right side up.

Limits: only a page that is read badly is tried upside down, at the cost of a second reading; what
stays doubtful keeps its first reading. A scanned region of a page with text is read as it lies.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.pdf.ocr.deskew import Slant, slant_of
from ingest.pdf.ocr.engine import OcrWord
from ingest.pdf.ocr.page_content import ScannedPage, build_scanned_page
from ingest.pdf.page.content import PageContent, Rect
from ingest.pdf.page.raster import Raster
from ingest.pdf.reading.reader import PdfSource

LONG_SIDE = 2000
"""Pixels of the longer side of a page's picture: 170 dpi on A4. More takes longer and reads no
better, and it bounds the memory a page needs."""


@dataclass(frozen=True, slots=True)
class ScanThresholds:
    """How a page is drawn, and when it is read once more."""

    long_side: int = LONG_SIDE
    coarse_side: int = 1000
    """Pixels of the longer side of the picture in which the angle is sought. Set by hand, like all
    that follows."""
    most_enlargement: float = 1.5
    """A picture is drawn with at most this many pixels for each of its own."""
    sure_score: float = 0.75
    """A page read with a lower score may stand upside down."""
    better_ratio: float = 1.1
    letters_share: float = 0.5
    """Another reading is better with more than this many times the score and more than this share
    of the letters."""


SCAN = ScanThresholds()
_LEAST_SIDE = 1.0
"""Points: a page counts as at least this long, so that its scale is finite."""


@dataclass(frozen=True, slots=True)
class _Reading:
    words: list[OcrWord]
    raster: Raster

    @property
    def letter_count(self) -> int:
        return sum(len(word.text) for word in self.words)

    @property
    def score(self) -> float:
        """The confidence over all letters, squared: letters of a page on its head are guesses."""
        sure = sum(len(word.text) * word.confidence**2 for word in self.words)
        return sure / self.letter_count if self.letter_count else 0.0


class Scan:
    """A page, or a region of one, on its way through the engine.

    `draw` gives the next picture to read, `add_reading` takes what was read in it and says whether
    another reading is needed; `build_result` gives the best there was.
    """

    def __init__(
        self,
        source: PdfSource,
        page: PageContent,
        region: Rect | None = None,
        limits: ScanThresholds = SCAN,
    ) -> None:
        """Take the page as its file has it; `region` is in its points."""
        self.page = page
        self.region = region
        self._source = source
        self._limits = limits
        side = max(page.width, page.height, _LEAST_SIDE)
        resolution = source.measure_resolution(page.number)
        scale = limits.long_side / side
        if resolution and not page.drawings:
            largest = min(scale, limits.most_enlargement * resolution)
            scale = max(largest, limits.coarse_side / side)
        self._scale = scale
        self._angles = [0.0]
        if region is None:
            coarse = source.rasterize(page.number, limits.coarse_side / side)
            self._angles = _list_angles_to_try(slant_of(coarse.to_gray()))
        self._best: _Reading | None = None

    def draw(self) -> Raster:
        """Return the page as it is to be read next; raises CorruptFile, LimitExceeded."""
        raster = self._source.rasterize(self.page.number, self._scale, self._angles.pop(0))
        return raster if self.region is None else raster.crop(self.region)

    def add_reading(self, raster: Raster, words: list[OcrWord]) -> bool:
        """Take a reading; return whether the page has to be drawn and read once more."""
        reading = _Reading(words, raster)
        if self._best is None or _is_better(reading, self._best, self._limits):
            self._best = reading
        unsure = bool(self._best.letter_count) and self._best.score < self._limits.sure_score
        return unsure and bool(self._angles)

    def build_result(self) -> ScannedPage:
        """Return the best reading as the content of the page; there must have been one."""
        if self._best is None:
            raise ValueError("nothing was read yet")
        return build_scanned_page(self.page, self._best.words, self._best.raster)


def _list_angles_to_try(slant: Slant) -> list[float]:
    """Return the angles to read a page at, the most likely first."""
    if slant.down:
        return [90 + slant.angle, 270 + slant.angle, 0.0]
    return [slant.angle, 180 + slant.angle]


def _is_better(reading: _Reading, other: _Reading, limits: ScanThresholds) -> bool:
    enough = reading.letter_count > limits.letters_share * other.letter_count
    return enough and reading.score > limits.better_ratio * other.score
