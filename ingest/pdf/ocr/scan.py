"""One page goes to the engine: drawn at a fitting scale, set straight, right side up.

Limits: only a page that is read badly is tried on its head, at the cost of a second reading; what
stays doubtful is taken as it came first. A scanned region of a page with text is taken as it lies.
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
_COARSE_SIDE = 1000
_MOST_ENLARGEMENT = 1.5
"""A picture is drawn with at most this many pixels for each of its own."""
_SURE_SCORE = 0.75
"""A page read with less confidence may stand on its head."""
_BETTER_RATIO = 1.1


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

    `draw` gives the next picture to read, `offer` takes what was read in it and says whether that
    is good enough; `result` is the best there was.
    """

    def __init__(self, source: PdfSource, page: PageContent, region: Rect | None = None) -> None:
        """Take the page as its file has it; `region` is in its points."""
        self.page = page
        self.region = region
        self._source = source
        side = max(page.width, page.height, 1.0)
        resolution = source.measure_resolution(page.number)
        scale = LONG_SIDE / side
        if resolution and not page.drawings:
            scale = max(min(scale, _MOST_ENLARGEMENT * resolution), _COARSE_SIDE / side)
        self._scale = scale
        self._angles = [0.0]
        if region is None:
            coarse = source.rasterize(page.number, _COARSE_SIDE / side)
            self._angles = _list_angles_to_try(slant_of(coarse.to_gray()))
        self._best: _Reading | None = None

    def draw(self) -> Raster:
        """Return the page as it is to be read next; raises CorruptFile, LimitExceeded."""
        raster = self._source.rasterize(self.page.number, self._scale, self._angles.pop(0))
        return raster if self.region is None else raster.crop(self.region)

    def add_reading(self, raster: Raster, words: list[OcrWord]) -> bool:
        """Take a reading; return whether the page has to be drawn and read once more."""
        reading = _Reading(words, raster)
        if self._best is None or _is_better(reading, self._best):
            self._best = reading
        unsure = bool(self._best.letter_count) and self._best.score < _SURE_SCORE
        return unsure and bool(self._angles)

    def build_result(self) -> ScannedPage:
        """Return the best reading as the content of the page; there must have been one."""
        if self._best is None:
            raise ValueError("nothing was read yet")
        return build_scanned_page(self.page, self._best.words, self._best.raster)


def _list_angles_to_try(slant: Slant) -> list[float]:
    """Return the angles to read a page at, the most likely first."""
    if slant.down:
        return [90.0 + slant.angle, 270.0 + slant.angle, 0.0]
    return [slant.angle, 180.0 + slant.angle]


def _is_better(reading: _Reading, other: _Reading) -> bool:
    enough = reading.letter_count > 0.5 * other.letter_count
    return enough and reading.score > _BETTER_RATIO * other.score
