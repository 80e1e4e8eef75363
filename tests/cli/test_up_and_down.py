"""`aethel up`, `down` and `health`: four real processes, and nothing that outlives or is mistaken for them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from aethel.cli import up
from aethel.cli.held_process import hold, started, wait_for_end
from aethel.cli.mesh_life import Mesh
from aethel.cli.run_file import MeshProcess, MeshRun, RunFile
from aethel.cli.spawning import Child
from aethel.cli.stop_signals import stop_signals
from aethel.runtime.address import Address
from aethel.runtime.settings import Process, read_settings
from tests.cli.addresses import free_addresses
from tests.cli.command import EXAMPLES, Command

PAYMENT = EXAMPLES / "payment.ae"
PROCESSES = ["z3", "sentinel", "guardian", "orchestrator"]
ENDING_S = 20.0


def pids(command: Command) -> dict[str, int]:
    """The pids in the run file, by process."""
    run = RunFile(command.state_dir).read()
    assert run is not None
    return {one.process.value: one.pid for one in run.processes}


def kill(command: Command, process: str) -> None:
    """Kill a process of the mesh and wait until it is gone."""
    pid = pids(command)[process]
    since = started(pid)
    assert since is not None
    with hold([(pid, since)]) as held:
        os.kill(pid, signal.SIGKILL)
        assert wait_for_end(held, ENDING_S) == ()


def test_health_shows_every_process_with_address_and_pid(mesh: Command) -> None:
    health = mesh("health")
    assert health.code == 0, health.out
    for process, pid in pids(mesh).items():
        assert re.search(rf"{process} +127\.0\.0\.1:\d+ +{pid} +serving", health.out)


def test_health_is_json_too(mesh: Command) -> None:
    rows = mesh("health", "--json").json["processes"]
    assert isinstance(rows, list)
    assert [(row["process"], row["condition"], row["is_running"]) for row in rows] == [
        (process, "SERVING", True) for process in PROCESSES
    ]


def test_a_mesh_is_not_started_twice(mesh: Command) -> None:
    second = mesh("up", "--free-ports")
    assert second.code == 1
    assert "a mesh is up already" in second.err
    assert mesh("health").code == 0


def test_down_leaves_nothing_running_where_the_settings_said_to_listen(aethel: Command) -> None:
    addresses = free_addresses("AETHEL_METRICS_LISTEN")
    command = Command(aethel.state_dir, addresses)
    begun = command.program("up", "--detach", "--json")
    try:
        rows = begun.json["processes"]
        assert isinstance(rows, list)
        metrics = addresses.pop("AETHEL_METRICS_LISTEN")
        assert sorted(row["address"] for row in rows) == sorted(addresses.values())
        assert rows[-1]["metrics"] == metrics
        assert len({row["metrics"] for row in rows} - {""}) == len(PROCESSES)
        assert len([line for line in command.left_behind() if "\0services." in line]) == len(PROCESSES)
    finally:
        down = command("down")
    assert (down.code, command.left_behind()) == (0, [])
    assert "stopped: orchestrator, z3, sentinel, guardian" in down.err
    again = command("down", "--json")
    assert (again.code, again.json) == (0, {"ended": [], "killed": [], "left": []})


def test_a_lost_prover_is_never_an_approval(own_mesh: Command) -> None:
    kill(own_mesh, "z3")
    done = own_mesh("verify", PAYMENT)
    assert done.code == 2
    assert re.search(r"degraded: Z3_Expert: UNREACHABLE", done.out)
    assert re.search(r"Z3_Expert +UNAVAILABLE", done.out)
    health = own_mesh("health")
    assert health.code == 1
    assert re.search(r"z3 +\S+ +\d+ is gone +unreachable", health.out)


def test_a_mesh_that_is_gone_answers_nobody_and_does_not_keep_the_next_one_away(own_mesh: Command) -> None:
    for process in PROCESSES:
        kill(own_mesh, process)
    assert (own_mesh("verify", PAYMENT).code, own_mesh("health").code) == (69, 69)
    begun = own_mesh.program("up", "--detach", "--free-ports")
    assert begun.code == 0
    assert "speaks of a mesh that is gone" in begun.err
    assert own_mesh("health").code == 0


def test_a_taken_port_is_a_sentence_and_leaves_nothing_running(aethel: Command) -> None:
    addresses = free_addresses()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addresses["AETHEL_GUARDIAN_ADDRESS"] = f"127.0.0.1:{taken.getsockname()[1]}"
        command = Command(aethel.state_dir, addresses)
        begun = command.program("up")
    assert begun.code == 1
    assert f"the guardian process did not start: cannot listen on `{addresses['AETHEL_GUARDIAN_ADDRESS']}`" in begun.err
    assert "address already in use" in begun.err
    assert command.left_behind() == []
    assert RunFile(command.state_dir).read() is None


@pytest.mark.full
def test_up_in_the_foreground_says_what_is_lost_and_stops_the_rest(aethel: Command) -> None:
    begun = aethel.start("up", "--free-ports", "--json")
    assert begun.stdout is not None
    assert begun.stderr is not None
    started_rows = json.loads(begun.stdout.readline())["processes"]
    assert [row["process"] for row in started_rows] == PROCESSES
    assert "the mesh is up" in begun.stderr.readline()
    kill(aethel, "sentinel")
    assert "the sentinel process" in (said := begun.stderr.readline())
    assert "was killed by SIGKILL: the mesh goes on without it, degraded" in said
    assert aethel("verify", PAYMENT).code == 0
    begun.send_signal(signal.SIGTERM)
    _, err = begun.communicate(timeout=ENDING_S)
    assert "stopped: orchestrator, z3, guardian" in err
    assert begun.returncode == 1
    assert RunFile(aethel.state_dir).read() is None


def test_a_process_lost_before_the_watch_began_is_said_too(aethel: Command, capsys: pytest.CaptureFixture[str]) -> None:
    suicide = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with subprocess.Popen([sys.executable, "-c", suicide]) as popen:
        os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOWAIT)
        lost = MeshProcess(Process.Z3, popen.pid, "when it began", Address("127.0.0.1", 1), "", "")
        mesh = Mesh(MeshRun((lost,)), (Child(Process.Z3, popen, aethel.state_dir),))
        with stop_signals() as signals:
            code = up._watch(mesh, RunFile(aethel.state_dir), read_settings({}, Process.ORCHESTRATOR), signals)
    assert code == 1
    assert "the z3 process" in (said := capsys.readouterr().err)
    assert "was killed by SIGKILL" in said


def test_a_signal_during_the_start_leaves_nothing_running(aethel: Command) -> None:
    begun = aethel.start("up", "--free-ports")
    logs = aethel.state_dir / "logs"
    while begun.poll() is None and not (logs / "guardian.log").exists():
        os.sched_yield()
    begun.send_signal(signal.SIGINT)
    _, err = begun.communicate(timeout=ENDING_S)
    assert begun.returncode in {0, 130}, err
    assert aethel.left_behind() == []


def test_a_process_that_has_taken_over_a_pid_is_left_alone(aethel: Command) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        write_run(aethel, stranger.pid, "the process that had this pid before")
        down = aethel("down", "--json")
        assert (down.code, down.json["ended"], down.json["killed"]) == (0, [], [])
        write_run(aethel, stranger.pid, "the process that had this pid before")
        assert f"{stranger.pid} is gone" in aethel("health").out
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_a_process_that_ignores_the_request_to_stop_is_killed(aethel: Command) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "deaf\n"
        since = started(process.pid)
        assert since is not None
        write_run(aethel, process.pid, since)
        down = aethel("down", "--grace-s", "0.1")
        assert process.wait(ENDING_S) == -signal.SIGKILL
    assert down.code == 0
    assert "killed, since they did not stop in time: z3" in down.err


@pytest.mark.parametrize("damage", ["", "{", '{"processes": [{"pid": "1"}]}', '{"processes": [{}]}', "[1]"])
def test_a_damaged_run_file_is_a_sentence(aethel: Command, damage: str) -> None:
    aethel.state_dir.mkdir()
    (aethel.state_dir / "mesh.json").write_text(damage)
    for command in (("up", "--free-ports"), ("down",), ("health",), ("verify", str(PAYMENT))):
        done = aethel(*command)
        assert (done.code, "is damaged" in done.err) == (1, True)


def test_two_commands_do_not_start_and_stop_at_once(aethel: Command) -> None:
    write_run(aethel, os.getpid(), "somebody else")
    with RunFile(aethel.state_dir).locked():
        down = aethel("down")
    assert down.code == 1
    assert "another `aethel up` or `aethel down` is at work" in down.err


def test_a_wrong_setting_is_a_sentence(aethel: Command) -> None:
    wrong = Command(aethel.state_dir, {"AETHEL_LISTEN": "everywhere"})
    for command in (("up",), ("down",), ("health",), ("config", "show"), ("verify", str(PAYMENT)), ("demo",)):
        done = wrong(*command)
        assert (done.code, "AETHEL_LISTEN is `everywhere`, expected" in done.err) == (64, True), done.err


def test_a_state_folder_that_cannot_be_made_is_a_sentence(aethel: Command) -> None:
    aethel.state_dir.write_text("a file")
    done = aethel("up")
    assert done.code == 1
    assert "cannot use" in done.err


def write_run(command: Command, pid: int, since: str) -> None:
    """A run file that names one process."""
    row = {"process": Process.Z3, "pid": pid, "started": since, "address": "127.0.0.1:1", "metrics": "", "log": ""}
    command.state_dir.mkdir(exist_ok=True)
    (command.state_dir / "mesh.json").write_text(json.dumps({"processes": [row]}))
