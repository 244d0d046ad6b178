"""`./run` on machines that lack one thing or another: it says in one line what to install, and an interrupted installation is made anew."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELLS = [found for shell in ("sh", "dash", "bash") if (found := shutil.which(shell))]
# What any machine with a POSIX shell has.
BASICS = ("dirname", "cat", "cksum", "rm", "sleep", "mkdir", "chmod", "touch")

PYTHON = """#!/bin/sh
[ "$1" = -c ] || exit 9
case $2 in
    *version_info*) exit {old} ;;
    *ensurepip*) exit {bare} ;;
esac
"""
# Makes an environment as uv would: a python that is new enough, a flask and a pytest that say how they were called.
UV = """#!/bin/sh
echo "uv $*" >>"$CALLS"
case "$*" in
    --version) exit 0 ;;
    "venv "*)
        for last; do :; done
        mkdir -p "$last/bin"
        printf '#!/bin/sh\\n[ "$1" = -c ] || echo "python $*" >>"$CALLS"\\n' >"$last/bin/python"
        printf '#!/bin/sh\\necho "flask $* PORT=${PORT-}" >>"$CALLS"\\n' >"$last/bin/flask"
        chmod +x "$last/bin/python" "$last/bin/flask" ;;
    "pip install "*) [ -z "${SLOW-}" ] || sleep 30; exit "${UV_FAILS-0}" ;;
esac
"""


class Machine:
    """A checkout of `run` and a PATH with nothing on it but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "check out"
        self.programs = folder / "bin"
        self.calls = folder / "calls"
        self.checkout.mkdir()
        self.programs.mkdir()
        self.calls.touch()
        for name in ("run", "requirements.txt", "requirements-dev.txt"):
            shutil.copy(ROOT / name, self.checkout)
        for name in BASICS:
            (self.programs / name).symlink_to(str(shutil.which(name)))
        (self.programs / "sh").symlink_to("/bin/sh")

    def has(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(script)
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        return {"PATH": str(self.programs), "CALLS": str(self.calls), **more}

    def run(self, *words: str, shell: str = "/bin/sh", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([shell, str(self.checkout / "run"), *words], env=self.environment(**more), capture_output=True, text=True, timeout=60, cwd="/")

    def called(self) -> list[str]:
        said = self.calls.read_text().splitlines()
        self.calls.write_text("")
        return said


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(params=SHELLS, ids=[Path(shell).name for shell in SHELLS])
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _is_one_line_naming(told: subprocess.CompletedProcess[str], *words: str) -> bool:
    return told.returncode == 1 and told.stderr.count("\n") == 1 and all(word in told.stderr for word in words)


def test_without_any_python_one_line_says_what_to_install(machine: Machine, shell: str) -> None:
    told = machine.run(shell=shell)
    assert _is_one_line_naming(told, "Python 3.11", "uv"), told


def test_an_old_python_is_as_good_as_none(machine: Machine, shell: str) -> None:
    machine.has("python3", PYTHON.format(old=1, bare=0))
    assert _is_one_line_naming(machine.run(shell=shell), "Python 3.11")


def test_a_name_on_the_path_that_starts_nothing_is_passed_over(machine: Machine, shell: str) -> None:
    machine.has("python3.13", "#!/bin/sh\necho 'python3.13: command not found' >&2\nexit 127\n")
    assert _is_one_line_naming(machine.run(shell=shell), "Python 3.11")


def test_a_python_without_venv_is_told_with_the_package_to_install(machine: Machine, shell: str) -> None:
    machine.has("python3", PYTHON.format(old=0, bare=1))
    assert _is_one_line_naming(machine.run(shell=shell), "python3 ", "python3-venv")


def test_with_nothing_but_uv_it_installs_sets_up_and_serves(machine: Machine, shell: str) -> None:
    machine.has("uv", UV)
    told = machine.run(shell=shell, PORT="9000")
    assert told.returncode == 0, told
    called = machine.called()
    assert [line for line in called if line.startswith("flask")] == ["flask setup --soon PORT=9000", "flask serve PORT=9000"]
    (install,) = [line for line in called if line.startswith("uv pip install")]
    assert "--require-hashes" in install
    assert "requirements-dev.txt" not in install


def test_the_second_time_nothing_is_installed(machine: Machine) -> None:
    machine.has("uv", UV)
    machine.run()
    machine.called()
    assert machine.run().returncode == 0
    assert machine.called() == ["flask setup --soon PORT=", "flask serve PORT="]


def test_changed_requirements_are_installed_anew(machine: Machine) -> None:
    machine.has("uv", UV)
    machine.run()
    machine.called()
    with (machine.checkout / "requirements.txt").open("a") as file:
        file.write("# one more\n")
    machine.run()
    assert any(line.startswith("uv pip install") for line in machine.called())


def test_what_was_installed_for_the_tests_serves_the_site_too(machine: Machine) -> None:
    machine.has("uv", UV)
    assert machine.run("test", "-x", "tests/some where").returncode == 0
    called = machine.called()
    assert "python -m pytest -x tests/some where" in called
    assert any("requirements-dev.txt" in line for line in called)
    machine.run()
    assert not any("install" in line for line in machine.called())


def test_a_moved_checkout_gets_a_new_environment(machine: Machine) -> None:
    machine.has("uv", UV)
    machine.run()
    machine.called()
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("elsewhere"))
    machine.run()
    assert any(line.startswith("uv venv") for line in machine.called())


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.has("uv", UV)
    machine.run()
    machine.called()
    (machine.checkout / ".venv/bin/python").unlink()
    assert machine.run().returncode == 0
    assert any(line.startswith("uv venv") for line in machine.called())


def test_a_failed_installation_is_told_and_tried_again(machine: Machine) -> None:
    machine.has("uv", UV)
    told = machine.run(UV_FAILS="2")
    assert _is_one_line_naming(subprocess.CompletedProcess("", told.returncode, "", told.stderr.splitlines(keepends=True)[-1]), "could not install")
    assert not any(line.startswith("flask") for line in machine.called())
    assert machine.run().returncode == 0
    assert "flask serve PORT=" in machine.called()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_installing_it_stops_at_once_and_the_next_run_works(machine: Machine, shell: str, number: signal.Signals) -> None:
    machine.has("uv", UV)
    process = subprocess.Popen(
        [shell, str(machine.checkout / "run")],
        env=machine.environment(SLOW="1"),
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 20
    while "uv pip install" not in machine.calls.read_text() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(timeout=10) == 128 + number
    assert not (machine.checkout / ".venv.lock").exists()
    machine.called()
    assert machine.run(shell=shell).returncode == 0
    assert "flask serve PORT=" in machine.called()


def test_a_lock_left_by_a_killed_run_is_taken_over(machine: Machine, shell: str) -> None:
    machine.has("uv", UV)
    gone = subprocess.Popen(["true"])
    gone.wait()
    (machine.checkout / ".venv.lock").write_text(f"{gone.pid}\n")
    assert machine.run(shell=shell).returncode == 0


def test_two_at_once_install_once(machine: Machine) -> None:
    machine.has("uv", UV.replace("sleep 30", "sleep 1"))
    both = [subprocess.Popen(["/bin/sh", str(machine.checkout / "run")], env=machine.environment(SLOW="1"), stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=30) for process in both] == [0, 0]
    assert sum(line.startswith("uv pip install") for line in machine.called()) == 1


def test_help_names_every_command(machine: Machine) -> None:
    told = machine.run("help")
    assert told.returncode == 0
    assert all(f"./run {name}" in told.stdout for name in ("test", "check", "bench", "help"))


def test_an_unknown_command_is_refused(machine: Machine) -> None:
    told = machine.run("dance")
    assert told.returncode == 1
    assert "dance" in told.stderr


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_the_scripts_are_clean_under_shellcheck(script: str) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    judged = subprocess.run([shellcheck, str(ROOT / script)], capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout
