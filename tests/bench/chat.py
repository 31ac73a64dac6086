"""Serve a chat, and run twenty questions through its pipeline."""

import sys
import threading
from pathlib import Path

from qa.bootstrap import build_services
from qa.settings import load_settings
from qa.web.app import serve
from tests.bench.__main__ import QUESTIONS

if __name__ == "__main__":
    services = build_services(load_settings({"index_dir": Path(sys.argv[1])}))
    ready = threading.Event()
    arguments = (services, "127.0.0.1", 7861, lambda address: ready.set())
    threading.Thread(target=serve, args=arguments, daemon=True).start()
    ready.wait(60)
    for question in (QUESTIONS * 4)[:20]:
        services.pipeline.run(question)
