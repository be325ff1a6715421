"""`gateway queue` and `gateway upgrade` as people and programs call them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.root import main
from gateway.mail.message import QueueId
from gateway.queue.config import QueueConfig
from gateway.queue.shards import open_shard
from tests.contract.queue_support import BODY, HOP, NOW, SENT, TROUBLE, after, new_delivery, new_mail, settlement

Command = Callable[..., Result]

CONFIG = {
    "hostname": "gw.example",
    "data": "data",
    "listeners": [{"name": "mx", "protocol": "smtp", "bind": "127.0.0.1:2525"}],
    "routes": [{"name": "internet", "deliver": "mx"}],
}
HOSTILE = new_delivery("a@x.example", hold="\x1b[2Jbold [red]claim")


@pytest.fixture
async def ids(tmp_path: Path) -> list[QueueId]:
    """A stopped gateway's queue: in shard 0 a message deferred and held, in shard 1 one queued; one delivered."""
    ids: list[QueueId] = []
    for number in range(2):
        queue = await open_shard(tmp_path / "data", number, QueueConfig(), NOW)
        mail = new_mail(queue, new_delivery("jörg@bücher.example"), HOSTILE) if number == 0 else new_mail(queue)
        deferred, *_ = await queue.enqueue(mail, lease_for={HOP})
        if number == 0:
            await queue.settle([settlement(mail.message, deferred, TROUBLE, due=after(60))])
        sent = new_mail(queue)
        (delivery,) = await queue.enqueue(sent, lease_for={HOP})
        await queue.settle([settlement(sent.message, delivery, SENT)])
        ids += [mail.message.id, sent.message.id]
        await queue.close()
    return ids


@pytest.fixture
def gateway(tmp_path: Path) -> Command:
    config = tmp_path / "gateway.yaml"
    config.write_text(json.dumps(CONFIG))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--config", str(config)])

    return run


def test_list_for_programs(gateway: Command, ids: list[QueueId]) -> None:
    result = gateway("queue", "list", "--json")
    rows = json.loads(result.stdout)
    assert [(row["id"], row["delivery"], row["state"]) for row in rows] == [
        (ids[0], f"{ids[0]}/1", "deferred"),
        (ids[0], f"{ids[0]}/2", "held"),
        (ids[2], f"{ids[2]}/1", "queued"),
    ]
    first = rows[0]
    assert (
        first
        | {
            "message_id": "<1@client.example>",
            "sender": "sender@client.example",
            "recipient": "jörg@bücher.example",
            "route": "legacy",
            "attempts": 1,
            "due": "2027-01-15T08:01:00Z",
            "last_reply": "4.4.1 connection refused",
            "needs": ["smtputf8"],
        }
        == first
    )


def test_an_empty_list_is_still_json(gateway: Command) -> None:
    assert json.loads(gateway("queue", "list", "--json").stdout) == []
    assert gateway("queue", "list").stdout == ""


def test_list_for_people_is_plain_in_a_pipe_and_safe(gateway: Command, ids: list[QueueId]) -> None:
    lines = gateway("queue", "list").stdout.splitlines()
    assert lines[0].split() == [
        "Delivery",
        "State",
        "Age",
        "Due",
        "Tries",
        "Sender",
        "Recipient",
        "Route",
        "Last",
        "reply",
    ]
    assert [line.split()[0] for line in lines[1:]] == [f"{ids[0]}/1", f"{ids[0]}/2", f"{ids[2]}/1"]
    assert "\ufffd[2Jbold [red]claim" in lines[2]
    assert "\x1b" not in "".join(lines)


def test_list_of_the_history(gateway: Command, ids: list[QueueId]) -> None:
    rows = json.loads(gateway("queue", "list", "--json", "--state", "delivered").stdout)
    assert [row["id"] for row in rows] == [ids[1], ids[3]]
    assert {row["finished"] for row in rows} == {"2027-01-15T08:00:00Z"}


def test_show_tells_the_story(gateway: Command, ids: list[QueueId]) -> None:
    text = gateway("queue", "show", ids[0]).stdout
    for part in ("sender@client.example", "SMTPUTF8", "192.0.2.1", "4.4.1 connection refused", "Subject: hello"):
        assert part in text
    story = json.loads(gateway("queue", "show", ids[1], "--json").stdout)
    ((attempt,),) = [delivery["history"] for delivery in story["deliveries"]]
    assert (attempt["outcome"], attempt["reply"]) == ("delivered", "250 2.0.0 queued")
    assert attempt["rewritten"] == ["header Subject to RFC 2047"]


def test_show_raw_gives_the_octets(gateway: Command, ids: list[QueueId]) -> None:
    assert gateway("queue", "show", "--raw", ids[0]).stdout_bytes == BODY
    gone = gateway("queue", "show", "--raw", ids[1])
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert "has left the queue" in gone.stderr


def test_actions_change_what_is_meant(gateway: Command, ids: list[QueueId]) -> None:
    def states() -> list[str]:
        return [row["state"] for row in json.loads(gateway("queue", "list", "--json").stdout)]

    assert gateway("queue", "release", "--state", "held").stdout == "release: 1 of 1 matching delivery changed\n"
    assert states() == ["deferred", "queued", "queued"]
    assert gateway("queue", "hold", ids[0], "--reason", "asked Jo").exit_code == 0
    assert states() == ["held", "held", "queued"]
    dropped = gateway("queue", "drop", f"{ids[0]}/2", "--json")
    assert json.loads(dropped.stdout) == {"action": "drop", "matched": 1, "changed": 1}
    assert gateway("queue", "retry", "--domain", "bücher.example").exit_code == 0
    assert states() == ["held", "queued"]
    assert gateway("queue", "drop", "--recipient", "*", "--yes").exit_code == 0
    assert states() == []


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        (("drop",), 2, "gateway queue drop: say which"),
        (("retry", "--state", "delivered"), 2, "gateway queue retry: what is finished cannot be changed"),
        (("retry", "nonsense"), 2, "gateway queue: 'nonsense' is no queue id"),
        (("show", "049ibf8b1bd800"), 1, "gateway: 049ibf8b1bd800: no such message"),
        (("hold", "--sender", "nobody@nowhere.example"), 1, "gateway queue hold: nothing in the queue matches"),
        (("list", "--state", "lost"), 2, "Invalid value for '--state'"),
    ],
)
def test_mistakes_are_told_in_one_line(gateway: Command, arguments: tuple[str, ...], status: int, error: str) -> None:
    result = gateway("queue", *arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert error in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_database_that_is_none_is_told_in_one_line(gateway: Command, tmp_path: Path) -> None:
    shard = tmp_path / "data" / "queue" / "00"
    shard.mkdir(parents=True)
    (shard / "queue.db").write_bytes(b"something else entirely" * 50)
    result = gateway("queue", "list")
    assert result.exit_code == 1
    assert "file is not a database" in result.stderr


@pytest.mark.usefixtures("ids")
def test_upgrade_says_what_it_did(gateway: Command, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "queue"
    assert gateway("upgrade").stdout == f"{folder / '00'}: has version 1\n{folder / '01'}: has version 1\n"


async def test_upgrade_of_a_running_gateway_is_refused(gateway: Command, tmp_path: Path) -> None:
    queue = await open_shard(tmp_path / "data", 0, QueueConfig(), NOW)
    result = gateway("upgrade")
    assert result.exit_code == 1
    assert "is a gateway running on this data directory?" in result.stderr
    await queue.close()
