"""Serve a chat, and ask twenty questions of what answers in it."""

import sys
import threading
from pathlib import Path

from qa.settings import load
from qa.web.app import serve
from qa.wiring import build
from tests.bench.__main__ import QUESTIONS

if __name__ == "__main__":
    services = build(load({"index_dir": Path(sys.argv[1])}))
    ready = threading.Event()
    arguments = (services, "127.0.0.1", 7861, lambda address: ready.set())
    threading.Thread(target=serve, args=arguments, daemon=True).start()
    ready.wait(60)
    for question in (QUESTIONS * 4)[:20]:
        services.asker.ask(question)
