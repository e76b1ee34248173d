"""The doctor: a line a check, with what to do where one fails."""

import errno
import json
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import NoReturn

import pytest

from tricks.cli import doctor
from tricks.cli.doctor import Check, check_cache, check_data, check_disk, check_packages, check_python, examine
from tricks.cli.main import main

CIFAR10 = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta"]


@pytest.fixture
def quick(monkeypatch) -> None:
    """Without the checks that train, which take their time."""
    monkeypatch.setattr(doctor, "check_training", lambda device: iter([Check(check="device", ok=True, detail="a CPU")]))


def list_training() -> list[Check]:
    """The checks that train, without what is said before each."""
    return [step for step in doctor.check_training("cpu") if isinstance(step, Check)]


def refuse() -> NoReturn:
    """As a machine without /tmp does."""
    raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")


def put_cifar10(folder: Path, names: list[str]) -> Path:
    """A data folder with these of CIFAR-10's files."""
    (folder / "cifar-10-batches-py").mkdir()
    for name in names:
        (folder / "cifar-10-batches-py" / name).touch()
    return folder


def test_this_machine_is_well(quick, tmp_path, capsys):
    """On a machine where all holds the answer is one JSON array, and the exit code 0; data may still be missing."""
    code = main(["doctor", "--json", "--cache", str(tmp_path), "--data", str(tmp_path)])
    document = json.loads(capsys.readouterr().out)
    ok = {line["check"]: line["ok"] for line in document}

    assert 0 == code
    assert [{"check", "ok", "detail", "advice"}] * len(document) == [set(line) for line in document]
    assert (True, True, None) == (ok["Python"], ok["packages"], ok["CIFAR-10"])
    assert not any(line["advice"] for line in document)


def test_what_fails_says_what_to_do(quick, tmp_path, capsys):
    """A failed check says what to do, and the exit code is 1."""
    data = put_cifar10(tmp_path, CIFAR10[:3])

    code = main(["doctor", "--cache", str(tmp_path), "--data", str(data)])
    [failed] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAILED")]

    assert 1 == code
    assert "CIFAR-10: data_batch_4, data_batch_5, test_batch, batches.meta missing" in failed
    assert f"delete {data / 'cifar-10-batches-py'}" in failed


def test_what_is_looked_at_is_said_before(quick, tmp_path, capsys):
    """The doctor says what it looks at before it does, so that a check that hangs has a name."""
    steps = doctor.list_checks("cpu", tmp_path, tmp_path)

    assert isinstance(next(steps), str)
    main(["doctor", "--cache", str(tmp_path), "--data", str(tmp_path)])
    said = capsys.readouterr().err.splitlines()
    assert "1: Python and its packages …" == said[0]
    assert all(line.endswith(" …") for line in said)


def test_complete_data(tmp_path):
    """CIFAR-10 with all its files is complete."""
    assert check_data(put_cifar10(tmp_path, CIFAR10)).ok


def test_an_old_python(monkeypatch):
    """A Python that is too old fails."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))

    assert Check(check="Python", ok=False, detail="3.9.1", advice="install Python 3.11 or newer") == check_python()


def test_packages_that_do_not_fit(monkeypatch, tmp_path):
    """A package that is missing or too old is named; the tests themselves have what they need."""
    assert check_packages().ok
    (tmp_path / "requirements.txt").write_text("# ours\nnumpy>=99\nno-such-package\npytest>=1\n")
    monkeypatch.setattr(doctor, "ROOT", tmp_path)

    found = check_packages()

    assert not found.ok
    assert found.detail.startswith("numpy ")
    assert found.detail.endswith(", no-such-package is missing")


def test_a_full_disk(monkeypatch, tmp_path):
    """A disk without room fails; a folder that is not there yet will be on the disk of the one around it."""
    assert check_disk("disk", tmp_path / "not" / "yet").ok
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Namespace(free=10))

    assert not check_disk("disk", tmp_path).ok


def test_a_cache_that_is_a_file(tmp_path):
    """A cache that cannot be written is a failed check, not a traceback."""
    (tmp_path / "cache").write_text("a file")

    assert False in [check.ok for check in check_cache(tmp_path / "cache")]


def test_a_damaged_run_is_named(tmp_path):
    """A run file that cannot be read is named, with what to do."""
    (tmp_path / "torn.jsonl").write_text("{")

    *_, check = check_cache(tmp_path)

    assert not check.ok
    assert "damaged: torn.jsonl" in check.detail
    assert check.advice


def test_a_cache_of_somebody_else_is_not_well(tmp_path, monkeypatch):
    """A folder that this user may not list is a failed check, with what to do."""
    monkeypatch.setattr(os, "scandir", deny)

    *_, check = check_cache(tmp_path)

    assert not check.ok
    assert "cannot be read (Permission denied)" in check.detail
    assert check.advice


def deny(folder: Path) -> NoReturn:
    """As the system does for another user's folder."""
    raise PermissionError(errno.EACCES, "Permission denied", str(folder))


def test_a_checkup_that_breaks_off(monkeypatch):
    """A process that ends before its checks do, as on a broken device, is a failed check."""
    monkeypatch.setattr(sys, "executable", "false")

    [check] = list_training()

    assert not check.ok
    assert "ended early (exit code 1)" in check.detail


def test_a_machine_without_a_temporary_folder(monkeypatch):
    """Where no temporary file can be made the check fails with one sentence, which says what to set."""
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)

    [check] = list_training()

    assert not check.ok
    assert ("could not be checked (No usable temporary directory found)", True) == (
        check.detail,
        "TMPDIR" in check.advice,
    )


TALKATIVE = """
import json, os, signal, sys
sys.stderr.write("x" * 300_000 + "\\nlast words\\n")
print(json.dumps({"check": "device", "ok": True, "detail": "", "advice": ""}), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_checkup_that_has_much_to_say(monkeypatch, tmp_path):
    """What libraries print neither holds the checks up nor is lost: the last words of one that was killed are told."""
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\n{TALKATIVE}")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))

    device, training = list_training()

    assert device.ok
    assert "exit code -9: last words" in training.detail


@pytest.mark.slow
def test_training_is_checked(tmp_path):
    """On the CPU the same run repeats, resumed equals undisturbed, and what needs a GPU is not checked."""
    answer = examine(Namespace(device="cpu", data=tmp_path, cache=tmp_path))

    ok = {line["check"]: line["ok"] for line in answer.document}

    assert 0 == answer.code
    assert ok["the same run gives the same weights"]
    assert ok["resumed equals undisturbed"]
    assert ok["CUDA graphs equal plain steps"] is ok["no step waits for the device"] is None
