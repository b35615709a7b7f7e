"""What it costs to start the command line: `gillstory --help` against a Python that does nothing.

Run: python benchmarks/startup.py [ROUNDS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

LIMIT = 0.3  # seconds for `gillstory --help`, on two CPU cores

COMMANDS = {
    "gillstory --help": [sys.executable, "-m", "gillstory", "--help"],
    "gillstory continue --help": [sys.executable, "-m", "gillstory", "continue", "--help"],
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    "python -c pass": [sys.executable, "-c", "pass"],
}


def seconds(command: list[str], rounds: int) -> list[float]:
    """Wall time of each of ROUNDS runs, after one that fills the file cache."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "100"})
        times.append(time.perf_counter() - start)
    return times[1:]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    medians = {name: statistics.median(seconds(command, rounds)) for name, command in COMMANDS.items()}
    nothing = medians["python -c pass"]
    print(f"start of the command line: median of {rounds} runs; the limit for --help is {LIMIT:.2f} s")
    print(f"{'':28}{'seconds':>8}  {'times python -c pass':>20}")
    for name, median in medians.items():
        print(f"{name:28}{median:8.3f}  {median / nothing:20.1f}")


if __name__ == "__main__":
    main()
