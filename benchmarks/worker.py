"""A process with one contestant in it, which answers a request whenever it is asked to.

``python -m benchmarks.worker CONTESTANT CHECKOUT DATABASE TICKETS`` is started by `Worker`.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class Worker:
    """The other end of such a process; starting it fills the contestant's tables."""

    def __init__(self, contestant: str, uri: str, tickets: int, checkout: Path = ROOT) -> None:
        self.contestant = contestant
        command = [sys.executable, "-m", "benchmarks.worker"]
        command += [contestant, str(checkout), uri, str(tickets)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            #: The names of the requests that it answers.
            self.tasks: list[str] = self._read()["tasks"]
        except BaseException:
            self.close()
            raise

    def ask(self, task: str, want: str = "time") -> dict[str, Any]:
        """Send one request and return its ``seconds`` and ``cpu`` seconds.

        ``want="body"`` adds the body, ``want="statements"`` the number of SQL statements.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([task, want]) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The process of {self.contestant} has ended.")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.contestant}: {answer['error']}")
        return answer


def main(contestant: str, checkout: str, uri: str, tickets: str) -> None:
    """Fill the tables and answer what standard input asks for."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing else may print between the answers
    sys.path.insert(0, checkout)
    package = import_module("flask_support_tickets")
    sys.path.pop(0)
    if not Path(str(package.__file__)).is_relative_to(checkout):
        sys.exit(f"{checkout} contains no flask_support_tickets package.")
    from .data import Scale

    module = import_module(f"benchmarks.contestants.{contestant}")
    if hasattr(module, "prepare"):
        module.prepare(uri, Scale(int(tickets)))
    found = module.create(uri, Scale(int(tickets)))
    gc.collect()
    gc.freeze()
    print(json.dumps({"tasks": list(found.requests)}), file=answers, flush=True)
    for line in sys.stdin:
        task, want = json.loads(line)
        print(json.dumps(_answer(found, task, want)), file=answers, flush=True)


def _answer(contestant: Any, task: str, want: str) -> dict[str, Any]:
    if want == "statements":
        with contestant.collect_statements() as statements:
            answer = contestant.ask(task)
        answer["statements"] = len(statements)
    else:
        answer = contestant.ask(task)
    if answer["status"] not in ("200", "201"):
        return {"error": f"{task}: {answer['status']} {answer['body'][:300]}"}
    return answer if want == "body" else {**answer, "body": ""}


if __name__ == "__main__":
    main(*sys.argv[1:])
