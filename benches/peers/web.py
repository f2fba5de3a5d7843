"""Atelier beside TensorFlow.js and ONNX Runtime Web, in one browser on one adapter, in turns.

`cargo xtask bench web` builds the folder that this serves and calls it. The folder, this file and report.py can be carried to another
machine: with Python 3 and a Chromium there, nothing else is needed, and no network.

    python3 web.py --site target/peers --adapter gpu
"""

import argparse
import json
import platform
import shutil
import subprocess
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from urllib.parse import quote

import report

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# Quiet where there is no network.
ALWAYS = [
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic", "--enable-unsafe-webgpu",
    # A software adapter computes for minutes what the browser gives seconds for.
    "--disable-gpu-watchdog",
    # Headless pages count as hidden.
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
]  # fmt: skip
ADAPTERS = {
    "swiftshader": ["--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"],
    "gpu": ["--ignore-gpu-blocklist", "--enable-features=Vulkan", "--use-angle=vulkan"],
}


class Handler(SimpleHTTPRequestHandler):
    """The site, and a letter box for what the page measures."""

    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript", ".wasm": "application/wasm"}
    reports: Queue = Queue()

    def do_POST(self):
        self.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def arguments() -> argparse.Namespace:
    words = lambda text: text.split(",")  # noqa: E731
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--site", type=Path, required=True, help="the folder that `cargo xtask bench web` made")
    parser.add_argument("--backends", type=words, default=["wasm", "webgpu"])
    parser.add_argument("--networks", type=words, default=["lite", "vgg19", "generator"])
    parser.add_argument("--sides", type=lambda text: [int(side) for side in text.split(",")], default=[256, 512])
    parser.add_argument("--works", type=words, default=["forward", "step"])
    parser.add_argument("--adapter", choices=list(ADAPTERS), default="swiftshader")
    parser.add_argument("--budget", type=float, default=60, help="seconds for the rounds of one row")
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a library is given up")
    parser.add_argument("--longest", type=float, default=60, help="seconds that one sample may take, going by the size before")
    parser.add_argument("--browser", help="the browser's program, otherwise a Chromium from PATH")
    parser.add_argument("--machine", default=platform.processor() or platform.machine(), help="what the report calls this machine")
    parser.add_argument("--revision", default="", help="of Atelier, for the report")
    parser.add_argument("--json", type=Path, help="where the samples go")
    parser.add_argument("--write", type=Path, help="the document whose sections `web wasm`, `web webgpu` are rewritten")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    browser = options.browser or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"none of {', '.join(BROWSERS)} is on PATH: name one with --browser")
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *request: Handler(*request, directory=str(options.site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    plan = {name: getattr(options, name) for name in ["backends", "networks", "sides", "works", "budget", "limit", "longest"]}
    # By name: only then is the page a secure context, which WebGPU wants.
    address = f"http://localhost:{server.server_port}/index.html?plan={quote(json.dumps(plan))}"
    with tempfile.TemporaryDirectory(prefix="atelier-bench-", ignore_cleanup_errors=True) as profile:
        command = [browser, *ALWAYS, *ADAPTERS[options.adapter], f"--user-data-dir={profile}", address]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            measured = listen(running)
        finally:
            running.terminate()
            running.wait()
    tell(options, measured)


def listen(running: subprocess.Popen) -> list[dict]:
    """Reads reports until the page has no more."""
    measured = []
    while True:
        try:
            said = Handler.reports.get(timeout=5)
        except Exception:
            if running.poll() is not None:
                raise SystemExit(f"the browser ended ({running.returncode})") from None
            continue
        measured.append(said)
        if said["kind"] == "end":
            if said.get("error"):
                raise SystemExit(said["error"])
            return measured
        print(json.dumps(said), flush=True)


def tell(options: argparse.Namespace, measured: list[dict]) -> None:
    """Prints the tables and puts them where they are wanted."""
    if options.json:
        options.json.write_text(json.dumps(measured, indent=1))
    setting = next(said for said in measured if said["kind"] == "setting")
    failed = False
    for backend in options.backends:
        of_backend = [said for said in measured if said.get("backend") == backend]
        versions = [said for said in of_backend if said["kind"] == "library"]
        rows = [said for said in of_backend if said["kind"] == "row"]
        named = ", ".join(f"{report.NAMES[said['library']]} {said.get('version') or options.revision}".strip() for said in versions)
        adapter = f", adapter {setting['adapter']}" if backend == "webgpu" else ", one thread each"
        head = f"{named}; Chromium {setting['browser']}{adapter}; {options.machine}."
        for said in versions:
            if said.get("error"):
                head += f" {report.NAMES[said['library']]} did not open: {said['error']}."
        text = f"{head}\n\n{report.table(rows)}"
        print(f"\n{text}")
        if options.write:
            report.write(options.write, f"web {backend}", text)
        failed |= any("differs" in cell.get("error", "") for row in rows for cell in row["cells"])
    if failed:
        raise SystemExit("libraries differ in what they compute")


if __name__ == "__main__":
    main()
