"""Numbers of a host for Prometheus, on a port of their own that only this machine reaches."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil

from tricks.lab import Lab
from tricks.scheduling.journal import EVENTS

FORMAT = "text/plain; version=0.0.4; charset=utf-8"  # Prometheus' text format.


def format_metrics(lab: Lab, count_pages: Callable[[], int]) -> str:
    """The host's state in Prometheus' text format."""
    queue, journal = lab.scheduler.queue(), lab.scheduler.journal
    here = sum(request.is_here for request in queue)
    waiting = sum(not request.running for request in queue)
    visitors = {visitor for request in queue for visitor in request.visitors}
    gauges = {
        "runs_waiting": ("Runs that wait for their turn.", waiting),
        "runs_running": ("Runs in training by this server.", here),
        "runs_at_once": ("How many runs are trained at a time when many wait.", lab.count_at_once()),
        "runs_finished": ("Finished runs of the cache.", len(lab.store.finished())),
        "visitors_waiting": ("Visitors who wait for a run.", len(visitors)),
        "pages_open": ("Pages that follow a training.", count_pages()),
        "server_memory_bytes": ("Memory of the server's process.", psutil.Process().memory_info().rss),
    }
    lines = [
        line for name, (about, value) in gauges.items() for line in list_samples(name, about, "gauge", {"": value})
    ]
    events = {f'{{event="{event}"}}': journal.counts[event] for event in EVENTS}
    lines += list_samples("events_total", "What happened since the server's start.", "counter", events)
    lines += list_samples(
        "training_seconds_total", "Seconds that runs were in training.", "counter", {"": journal.seconds}
    )
    return "\n".join(lines) + "\n"


def list_samples(name: str, about: str, kind: str, values: dict[str, float]) -> list[str]:
    """One metric with its values, each by its labels."""
    samples = [f"tricks_{name}{labels} {value}" for labels, value in values.items()]
    return [f"# HELP tricks_{name} {about}", f"# TYPE tricks_{name} {kind}", *samples]


def serve_metrics(port: int, read: Callable[[], str]) -> ThreadingHTTPServer:
    """Answers on this machine's port with what `read` says, until it is shut down (ValueError for a port in use)."""

    class Handler(BaseHTTPRequestHandler):
        """Answers GET /metrics, and nothing else."""

        def do_GET(self) -> None:
            """The metrics, read now."""
            found = self.path == "/metrics"
            content = read().encode() if found else b"see /metrics\n"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", FORMAT if found else "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *values: object) -> None:
            """Says nothing of each question."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise ValueError(f"TRICKS_METRICS_PORT {port} cannot be used ({error.strerror})") from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
