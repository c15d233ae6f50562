"""Writes six bad files, each of which must be refused with a clear reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pymupdf


@dataclass(frozen=True, slots=True)
class Bad:
    """Code and hint of the refusal; `at_upload`: before it is stored, else by the parser."""

    code: str
    hint: str
    at_upload: bool = False


BAD_FILES = {
    "corrupt.pdf": Bad("corrupt_file", "fetch a fresh copy"),
    "encrypted.pdf": Bad("encrypted_file", "Remove the password"),
    "empty.pdf": Bad("empty_file", "export or download it again", at_upload=True),
    "program.pdf": Bad("mislabelled_file", "does not match its name", at_upload=True),
    "no-pages.pdf": Bad("empty_file", "export or download it again"),
    "scanned.pdf": Bad("no_text_found", "turn on OCR"),
}
"""The expected refusal by file name, with OCR turned off."""


def write_bad_files(folder: Path) -> dict[str, Path]:
    """Write the six into `folder`; return them by name."""
    (folder / "corrupt.pdf").write_bytes(b"%PDF-1.7\nnothing of a PDF follows\n" * 20)
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "program.pdf").write_bytes(b"MZ\x90\x00\x03" + bytes(600))
    (folder / "no-pages.pdf").write_bytes(_without_pages())
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "The rotor is 1.20 metres wide.")
        picture = document[0].get_pixmap(dpi=72).tobytes("png")
        document.save(
            folder / "encrypted.pdf",
            encryption=pymupdf.PDF_ENCRYPT_AES_256,
            owner_pw="owner",
            user_pw="user",
        )
    with pymupdf.open() as scan:
        page = scan.new_page()
        page.insert_image(page.rect, stream=picture)
        scan.save(folder / "scanned.pdf")
    return {name: folder / name for name in BAD_FILES}


def _without_pages() -> bytes:
    """Return a valid PDF whose page tree has no pages."""
    objects = (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")
    data, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return data + (
        b"xref\n0 3\n0000000000 65535 f \n%strailer\n<< /Size 3 /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (table, len(data))
    )
