"""Runs Tesseract, where it is installed, as a program and reads its TSV.

Each page is one call; the pixels go in as PNM and nothing is written to disk. Limits: languages
must be installed with it (`tesseract --list-langs`); those that are missing are left out, and with
none left the page fails.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cached_property

from ingest.errors import OcrFailed
from ingest.pdf.ocr.engine import OcrWord
from ingest.pdf.page.content import Rect
from ingest.pdf.page.raster import Raster

_CODES = {
    "zh": "chi_sim", "zh-hant": "chi_tra", "en": "eng", "de": "deu", "fr": "fra", "es": "spa",
    "it": "ita", "pt": "por", "nl": "nld", "ru": "rus", "uk": "ukr", "pl": "pol", "cs": "ces",
    "sv": "swe", "da": "dan", "fi": "fin", "no": "nor", "hu": "hun", "ro": "ron", "el": "ell",
    "tr": "tur", "ar": "ara", "he": "heb", "hi": "hin", "ja": "jpn", "ko": "kor", "vi": "vie",
}  # fmt: skip
"""ISO 639-1 to Tesseract's names; others are handed on as they are."""
_TIMEOUT_S = 180
_COLUMNS = 12
_LEAST_EXTENT = 0.5
"""Points: words count as at least this wide and high."""


class TesseractEngine:
    """The `tesseract` program at a path, reading these languages (ISO 639-1)."""

    name = "Tesseract"

    def __init__(self, program: str, languages: Sequence[str]) -> None:
        """Nothing is started before the first page."""
        self._program = program
        self._wanted = [_CODES.get(language.lower(), language) for language in languages]

    def read(self, raster: Raster) -> list[OcrWord]:
        """Return the words of a picture; raises OcrFailed."""
        height, width = raster.pixels.shape[:2]
        header = f"P6 {width} {height} 255\n".encode()
        dpi = str(max(70, round(raster.scale * 72)))
        arguments = [
            "stdin",
            "stdout",
            "-l",
            self._installed_languages,
            "--dpi",
            dpi,
            "--psm",
            "3",
            "tsv",
        ]
        table = self._run_program(arguments, header + raster.pixels.tobytes())
        return parse_tsv_words(table, raster.scale)

    @cached_property
    def _installed_languages(self) -> str:
        """The languages wanted that are installed, as Tesseract takes them."""
        listed = self._run_program(["--list-langs"], b"").splitlines()
        there = {line.strip() for line in listed[1:]}
        chosen = [language for language in self._wanted if language in there]
        if not chosen:
            wanted = ", ".join(self._wanted)
            raise OcrFailed(
                f"Tesseract has none of these languages: {wanted}",
                hint="Install its language data, or name others in parse.ocr_languages.",
            )
        return "+".join(chosen)

    def _run_program(self, arguments: Sequence[str], data: bytes) -> str:
        try:
            done = subprocess.run(
                [self._program, *arguments],
                input=data,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise OcrFailed(f"Tesseract could not be run: {error}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise OcrFailed(f"Tesseract failed: {said[-1] if said else done.returncode}")
        return done.stdout.decode("utf-8", "replace")


def parse_tsv_words(table: str, scale: float) -> list[OcrWord]:
    """Return the words of Tesseract's TSV; boxes there are pixels, `scale` of them to the point."""
    words: list[OcrWord] = []
    numbers: dict[tuple[str, ...], int] = {}
    for row in table.splitlines()[1:]:
        fields = row.split("\t")
        if len(fields) != _COLUMNS or fields[0] != "5" or not fields[11].strip():
            continue
        left, top, width, height = (int(value) / scale for value in fields[6:10])
        line = numbers.setdefault(tuple(fields[1:5]), len(numbers))
        rect = Rect(left, top, left + max(width, _LEAST_EXTENT), top + max(height, _LEAST_EXTENT))
        confidence = min(1.0, max(0.0, float(fields[10]) / 100))
        words.append(OcrWord(fields[11].strip(), rect, confidence, line))
    return words
