"""Nothing leaves the machine: the whole path runs with every other socket forbidden.

In a process of its own, because an audit hook cannot be taken off again, and because what a
library does when it is imported counts too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "samples" / "tidal-turbines.pdf"

PROGRAM = """
import ipaddress, json, sys, threading

attempts = []


def loopback(host):
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def forbid(event, arguments):
    if event == "socket.connect" or event == "socket.sendto":
        address = arguments[1]
        # Unix sockets have a path for an address: they stay on the machine.
        if isinstance(address, tuple) and not loopback(address[0]):
            attempts.append([event, str(address)])
            raise PermissionError(f"no network: {address}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not loopback(arguments[0]):
        attempts.append([event, str(arguments[0])])
        raise PermissionError(f"no network: {arguments[0]}")


sys.addaudithook(forbid)

from pathlib import Path

from rag.bootstrap import build
from rag.settings import load_settings

from app.main import create_app

docchat = build(load_settings())
collection = docchat.library.create_collection("c")
sample = Path(sys.argv[1])
docchat.library.add(sample, sample.name, collection.id)
note = sample.with_name("star-tracker-faq.md")
docchat.library.add(note, note.name, collection.id)
docchat.worker().run(threading.Event(), until_idle=True)
hits = docchat.retriever.search("fatigue load of the blades")
answers = [
    docchat.pipeline.answer("What is the diameter of the rotor?"),
    docchat.pipeline.answer("ST-200 的典型功耗是多少？"),
]
create_app(docchat)
import rag.langchain, rag.llm.huggingface, rag.llm.langchain, rag.llm.openai

docchat.close()
print(json.dumps({
    "attempts": attempts,
    "hits": len(hits),
    "dense": hits[0].dense,
    "answers": [answer.text for answer in answers],
    "refused": [answer.refused for answer in answers],
}))
"""


def test_the_whole_path_opens_no_socket_beyond_loopback(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCCHAT_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(SAMPLE)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**kept, "DOCCHAT_HOME": str(tmp_path), "DOCCHAT_PARSE__OCR": "off"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["attempts"] == []
    assert said["hits"] > 0
    assert said["dense"] is not None, "the real embedder took no part"
    assert said["refused"] == [False, False]
    assert "1.20 m" in said["answers"][0]
    assert "6.5" in said["answers"][1]
