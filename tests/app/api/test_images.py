"""Pages as pictures: rendered in a child process, cached, marked; damage stays outside."""

from __future__ import annotations

import contextlib
import multiprocessing
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.http.errors import ApiError
from app.services.page_images import PageImages, View, image_key, parse_boxes, parse_clip
from ingest.errors import CorruptFile, InvalidRequest, LimitExceeded, NotFound
from ingest.types import Box
from tests.support import ROOT

SAMPLE = ROOT / "data/samples/tidal-turbines.pdf"


@pytest.fixture(scope="module")
def images() -> Iterator[PageImages]:
    made = PageImages()
    yield made
    made.close()


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_page_is_rendered_at_its_scale(images: PageImages) -> None:
    single = size_of(images.get("single", SAMPLE, View(1, 1.0)))
    double = size_of(images.get("double", SAMPLE, View(1, 2.0)))
    assert double == (single[0] * 2, single[1] * 2)


def test_boxes_change_the_picture(images: PageImages) -> None:
    plain = images.get("plain", SAMPLE, View(1, 1.0))
    marked = images.get("marked", SAMPLE, View(1, 1.0, (Box(1, 50, 50, 300, 200),)))
    assert size_of(plain) == size_of(marked)
    assert plain != marked


def test_a_clip_is_cut_out_and_boxes_stay_where_they_were(images: PageImages) -> None:
    clip, boxes = Box(1, 50, 60, 300, 160), (Box(1, 100, 80, 200, 90),)
    plain = images.get("cut", SAMPLE, View(1, 2.0, (), clip))
    marked = images.get("cut-marked", SAMPLE, View(1, 2.0, boxes, clip))
    beside = images.get("cut-beside", SAMPLE, View(1, 2.0, (Box(1, 310, 80, 400, 90),), clip))
    assert size_of(plain) == size_of(marked) == (500, 200)
    assert plain == beside != marked


def test_a_clip_goes_as_far_as_the_page(images: PageImages) -> None:
    width, height = size_of(images.get("one", SAMPLE, View(1, 1.0)))
    clip = Box(1, width - 100, height - 50, width + 500, height + 500)
    assert size_of(images.get("corner", SAMPLE, View(1, 1.0, (), clip))) == (100, 50)
    with pytest.raises(InvalidRequest, match="nothing of page 1"):
        images.get("beside", SAMPLE, View(1, 1.0, (), Box(1, -9, -9, 0, 0)))
    with pytest.raises(InvalidRequest, match="less than a pixel"):
        images.get("speck", SAMPLE, View(1, 1.0, (), Box(1, 9, 9, 9.01, 20)))


def test_a_known_key_is_not_rendered_again(images: PageImages) -> None:
    first = images.get("known", SAMPLE, View(1, 0.5))
    assert images.get("known", Path("nowhere.pdf"), View(99, 0.5)) is first


def test_what_does_not_fit_is_forgotten(images: PageImages) -> None:
    small = PageImages(cache_bytes=0)
    try:
        small.get("key", SAMPLE, View(1, 0.2))
        with pytest.raises(NotFound):
            small.get("key", SAMPLE, View(99, 0.2))
    finally:
        small.close()


def test_errors_of_the_renderer_come_through(images: PageImages, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing else")
    with pytest.raises(CorruptFile):
        images.get("broken", broken, View(1, 1.0))
    with pytest.raises(NotFound):
        images.get("far", SAMPLE, View(9_999, 1.0))
    with pytest.raises(LimitExceeded):
        images.get("huge", SAMPLE, View(1, 40.0))


def test_a_renderer_that_takes_too_long_is_killed() -> None:
    hasty = PageImages(timeout_s=0.001)
    try:
        with pytest.raises(ApiError) as caught:
            hasty.get("slow", SAMPLE, View(1, 4.0))
    finally:
        hasty.close()
    assert caught.value.code == "page_render_failed"


def test_a_renderer_that_dies_is_replaced(images: PageImages) -> None:
    images.get("before", SAMPLE, View(1, 0.3))
    children = multiprocessing.active_children()
    assert children
    for child in children:
        child.kill()
        child.join()
    pictures: list[bytes] = []
    while not pictures:  # the request that finds the child dead may fail, no later one
        with contextlib.suppress(ApiError):
            pictures.append(images.get("after", SAMPLE, View(1, 0.3)))
    assert size_of(pictures[0])


def test_a_closed_renderer_says_so() -> None:
    closed = PageImages()
    closed.close()
    with pytest.raises(ApiError) as caught:
        closed.get("any", SAMPLE, View(1, 1.0))
    assert (caught.value.status, caught.value.code) == (503, "stopping")


def test_boxes_are_read_from_text() -> None:
    assert parse_boxes("1,2,3,4;5.5,6,7,8", 3) == (Box(3, 1, 2, 3, 4), Box(3, 5.5, 6, 7, 8))
    assert parse_boxes("", 1) == ()
    assert parse_boxes(";", 1) == ()


def test_a_clip_is_read_from_text() -> None:
    assert parse_clip("1,2,3,4.5", 2) == Box(2, 1, 2, 3, 4.5)
    assert parse_clip(" ", 1) is None
    with pytest.raises(ApiError, match="clip"):
        parse_clip("1,2,3,4;1,2,3,4", 1)


@pytest.mark.parametrize(
    "text", ["1,2,3", "1,2,3,4,5", "a,b,c,d", "3,2,1,4", "1,4,3,2", "1,2,nan,4", "1,2,inf,4"]
)
def test_what_is_no_rectangle_is_refused(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_boxes(text, 1)
    assert (caught.value.status, caught.value.code) == (422, "invalid_request")


def test_too_many_boxes_are_refused() -> None:
    with pytest.raises(ApiError, match="more than 200"):
        parse_boxes(";".join(["1,2,3,4"] * 201), 1)


def test_keys_differ_by_all_that_changes_the_picture() -> None:
    box = (Box(1, 1, 2, 3, 4),)
    keys = {
        image_key("a", View(1, 1.0)),
        image_key("b", View(1, 1.0)),
        image_key("a", View(2, 1.0)),
        image_key("a", View(1, 2.0)),
        image_key("a", View(1, 1.0, box)),
        image_key("a", View(1, 1.0, (), box[0])),
        image_key("a", View(1, 1.0, box, box[0])),
    }
    assert len(keys) == 7
    assert image_key("a", View(1, 1.0, box)) == image_key("a", View(1, 1.0, box))
