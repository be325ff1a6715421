"""Log lines, as programs and people read them."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.mail.need import Extension
from gateway.telemetry.config import LogConfig, LogFormat, LogLevel
from gateway.telemetry.logs import Log, configure, get_logger
from gateway.telemetry.sink import MOST, LineSink


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


NOON = 1795305600.25


def opened(log_format: LogFormat, level: LogLevel = LogLevel.INFO) -> tuple[Log, list[bytes]]:
    written: list[bytes] = []
    log, _ = configure(LogConfig(log_format, level), lambda: NOON, written.append)
    return log, written


def test_json_has_time_level_event_and_fields_in_order() -> None:
    log, written = opened(LogFormat.JSON)
    log.info("message accepted", id="01A", size=12)
    assert written == [
        b'{"ts":"2026-11-22T00:00:00.250000Z","level":"info","event":"message accepted","id":"01A","size":12}\n'
    ]


def test_events_below_the_level_are_not_written() -> None:
    log, written = opened(LogFormat.JSON, LogLevel.WARNING)
    log.info("quiet")
    log.warning("loud")
    assert [json.loads(line)["event"] for line in written] == ["loud"]


@pytest.mark.parametrize("log_format", [LogFormat.JSON, LogFormat.CONSOLE])
def test_secrets_are_hidden(log_format: LogFormat) -> None:
    log, written = opened(log_format)
    log.info("logging in", user="gw", password="hunter2", token="t0ken")
    assert b"(hidden)" in written[0]
    assert b"hunter2" not in written[0]
    assert b"t0ken" not in written[0]


@pytest.mark.parametrize("log_format", [LogFormat.JSON, LogFormat.CONSOLE])
def test_one_event_is_one_line_whatever_a_stranger_said(log_format: LogFormat) -> None:
    log, written = opened(log_format)
    log.info("refused", reply="a\r\n{}\x1b[31m\x00", helo="\ud800")
    assert len(written) == 1
    assert written[0].count(b"\n") == 1
    assert not {b"\x1b", b"\x00", b"\r"} & {bytes([octet]) for octet in written[0]}


def test_values_of_other_types_are_shown_as_text() -> None:
    log, written = opened(LogFormat.JSON)
    log.info("x", value=frozenset({1}))
    assert json.loads(written[0])["value"] == "frozenset({1})"


def test_people_see_lists_as_words_and_nothing_of_what_is_empty() -> None:
    log, written = opened(LogFormat.CONSOLE)
    log.info("delivered", needs=[Extension.EIGHTBITMIME, Extension.SMTPUTF8], changed=("one", "two"), reply="", count=0)
    fields = written[0].decode().split("delivered", 1)[1].split()
    assert fields == ["changed='one;", "two'", "count=0", "needs='8BITMIME;", "SMTPUTF8'"]


@pytest.mark.parametrize("log_format", [LogFormat.JSON, LogFormat.CONSOLE])
def test_an_exception_comes_with_its_traceback(log_format: LogFormat) -> None:
    log, written = opened(log_format)
    try:
        logging.getLogger().manager.loggerDict["missing"]
    except KeyError:
        log.exception("boom", id="01A")
    assert b"KeyError" in written[0]
    assert b"boom" in written[0]
    assert b"error" in written[0]


def test_libraries_speak_through_our_log() -> None:
    _, written = opened(LogFormat.JSON)
    logging.getLogger("asyncio").error("slow %s", "callback")
    line = json.loads(written[0])
    assert (line["level"], line["event"], line["component"]) == ("error", "slow callback", "asyncio")


def test_a_named_log() -> None:
    _, written = opened(LogFormat.JSON)
    get_logger("relay").info("delivered", id="01A")
    assert json.loads(written[0])["component"] == "relay"


async def test_in_a_loop_lines_are_written_together() -> None:
    written: asyncio.Queue[bytes] = asyncio.Queue()
    sink = LineSink(written.put_nowait)
    sink.put(b"a\n")
    sink.put(b"b\n")
    assert written.empty()
    assert await written.get() == b"a\nb\n"


async def test_errors_do_not_wait_and_keep_the_order() -> None:
    written: list[bytes] = []
    sink = LineSink(written.append)
    sink.put(b"a\n")
    sink.put_now(b"b\n")
    assert written == [b"a\nb\n"]


async def test_what_waits_is_bounded() -> None:
    written: list[bytes] = []
    sink = LineSink(written.append)
    sink.put(b"x" * (MOST + 1))
    assert len(written) == 1


def test_a_closed_standard_error_is_no_reason_to_stop() -> None:
    attempts: list[bytes] = []

    def broken(octets: bytes) -> None:
        attempts.append(octets)
        raise BrokenPipeError

    LineSink(broken).put(b"a\n")
    assert attempts == [b"a\n"]


def test_a_sink_can_be_used_before_and_after_a_loop() -> None:
    written: list[bytes] = []
    sink = LineSink(written.append)

    async def inside() -> None:
        sink.put(b"a\n")

    asyncio.run(inside())
    sink.put(b"b\n")
    sink.flush()
    assert b"".join(written) == b"a\nb\n"
