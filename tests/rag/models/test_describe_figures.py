"""A chat model describes figures: what it is asked, and what becomes of its failures."""

from __future__ import annotations

from base64 import b64decode

import pytest

from ingest.document.figure_descriptions import NotDescribed
from rag.models.describe_figures import FigureDescriber
from rag.models.openai import OpenAIChatModel
from rag.models.scripted import ScriptedChatModel
from tests.support.chat_server import REPLY, chat_server

PNG = b"\x89PNG rest"


def test_the_model_sees_picture_and_caption_in_the_language() -> None:
    model = ScriptedChatModel(["A bar chart."])
    describe = FigureDescriber(model)
    assert describe(PNG, "Figure 1: Power", "en") == "A bar chart."
    assert describe(PNG, "图 1 功率", "zh") == "A bar chart."
    (english,), (chinese,) = model.calls
    assert (english.role, english.picture) == ("user", PNG)
    assert "Figure 1: Power" in english.content
    assert "图 1 功率" in chinese.content
    assert "用中文" in chinese.content


def test_the_picture_is_sent_as_a_data_url() -> None:
    with chat_server() as server:
        describe = FigureDescriber(OpenAIChatModel("ok", server.base_url))
        assert describe(PNG, "", "en") == "".join(REPLY)
        ((sent,),) = (request["messages"] for request in server.requests)
    text, picture = sent["content"]
    assert text["type"] == "text"
    kind, _, data = picture["image_url"]["url"].partition(",")
    assert (kind, b64decode(data)) == ("data:image/png;base64", PNG)


@pytest.mark.parametrize("model", ["broken", "missing", "busy"])
def test_failures_of_the_model_are_told(model: str) -> None:
    with chat_server() as server, pytest.raises(NotDescribed, match=f"openai:{model}"):
        FigureDescriber(OpenAIChatModel(model, server.base_url))(PNG, "", "zh")
