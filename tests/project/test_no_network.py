"""Nothing leaves the machine: the whole path runs while all sockets but loopback are forbidden.

The path runs in a process of its own, because an audit hook cannot be removed, and because what a
library does at its import counts too. The hook is in `sitecustomize`, so that the parsing process
has it as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT

SAMPLE = ROOT / "data" / "samples" / "tidal-turbines.pdf"

WATCH = """
import ipaddress, sys
from pathlib import Path

log = Path(__file__).with_name("attempts.txt")


def loopback(host):
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def forbid(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        # Unix sockets have a path for an address: they stay on the machine.
        target = arguments[1][0] if isinstance(arguments[1], tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        target = arguments[0]
    else:
        return
    if not loopback(target):
        with log.open("a") as lines:
            print(event, target, file=lines)
        raise PermissionError(f"no network: {target}")


sys.addaudithook(forbid)
"""

PROGRAM = """
import json, sys, threading
from pathlib import Path

from rag.pipeline.bootstrap import build_docchat
from rag.question.understand import understand_question
from rag.settings import load_settings

from app.main import create_app

docchat = build_docchat(load_settings())
collection = docchat.library.create_collection("c")
sample = Path(sys.argv[1])
docchat.library.add(sample, sample.name, collection.id)
note = sample.with_name("star-tracker-faq.md")
docchat.library.add(note, note.name, collection.id)
docchat.create_worker().run(threading.Event(), until_idle=True)
hits = docchat.retriever.search(understand_question("fatigue load of the blades"))
answers = [
    docchat.pipeline.answer("What is the diameter of the rotor?"),
    docchat.pipeline.answer("ST-200 的典型功耗是多少？"),
]
create_app(docchat)
import rag.pipeline.langchain, rag.models.huggingface, rag.models.langchain, rag.models.openai

docchat.close()
print(json.dumps({
    "hits": len(hits),
    "dense": hits[0].dense,
    "answers": [answer.text for answer in answers],
    "refused": [answer.refused for answer in answers],
}))
"""


def run(program: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that may only connect to its own machine."""
    (home / "sitecustomize.py").write_text(WATCH)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("DOCCHAT_")
    }
    own = {
        "DOCCHAT_HOME": str(home / "home"),
        "DOCCHAT_PARSE__OCR": "off",
        "PYTHONPATH": os.pathsep.join([str(home), str(ROOT)]),
    }
    return subprocess.run(
        [sys.executable, "-c", program, str(SAMPLE)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**environment, **own},
        check=False,
    )


def test_the_watch_sees_and_stops_what_it_should(tmp_path: Path) -> None:
    done = run("import socket; socket.create_connection(('192.0.2.1', 80))", tmp_path)
    assert done.returncode != 0
    assert "no network: 192.0.2.1" in done.stderr
    assert "192.0.2.1" in (tmp_path / "attempts.txt").read_text()


def test_the_whole_path_opens_no_socket_beyond_loopback(tmp_path: Path) -> None:
    done = run(PROGRAM, tmp_path)
    assert done.returncode == 0, done.stderr
    log = tmp_path / "attempts.txt"
    assert not log.exists(), log.read_text()
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["hits"] > 0
    assert said["dense"] is not None, "the real embedder took no part"
    assert said["refused"] == [False, False]
    assert "1.20 m" in said["answers"][0]
    assert "6.5" in said["answers"][1]
