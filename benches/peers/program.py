"""Atelier's side: the program of src/main.rs, spoken to by lines."""

import subprocess
from pathlib import Path

import torch


class Program:
    """One running program."""

    def __init__(self, path: Path, environment: dict[str, str]):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def ask(self, command: str) -> str:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise RuntimeError(f"{command}: {answer or 'the program ended'}")
        return answer

    def time(self, work: str) -> float:
        """Seconds."""
        return float(self.ask(work))

    def outcome(self, work: str, folder: Path) -> list[torch.Tensor]:
        """The features, or the loss and the gradient, each flat."""
        file = folder / "outcome"
        self.ask(f"save {work} {file}")
        read = torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.float32)
        return [read] if work == "forward" else [read[:1], read[1:]]

    def peak(self) -> int:
        """The most memory that the process ever held, in bytes."""
        return int(self.ask("peak"))

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()
