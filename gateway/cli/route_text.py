"""The stories of `gateway route explain`, for people."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from gateway.cli.common import console
from gateway.cli.route_story import Leg, Story, Way

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "m"))
_VERDICTS: Final = {True: ("matches", "green"), False: ("no", "dim"), None: ("undecided", "yellow")}
_OUTCOMES: Final = {"send": "green", "rewrite and send": "yellow", "fail": "red"}


def show(stories: Sequence[Story]) -> None:
    """Print them."""
    out = console()
    for story in stories:
        for line in _story(story):
            out.print(line)


def _story(story: Story) -> Iterator[Text]:
    kind = "a trusted client" if story.trusted else "a client that is not trusted"
    sender = "any sender" if story.sender is None else story.sender
    yield Text.assemble((story.recipient, "bold"), f", from {sender} by {kind}")
    if story.rewritten != story.recipient:
        yield Text(f"  rewritten to {story.rewritten}")
    for alias, targets in story.aliases.items():
        yield Text(f"  alias {alias}: {', '.join(targets)}")
    if story.looped:
        yield Text("  the aliases go in a circle, or are too many; cut off there", "red")
    if story.refused:
        yield Text.assemble("  ", ("refused at RCPT", "red"), f": {story.refused}")
    for leg in story.legs:
        yield from _leg(leg)


def _leg(leg: Leg) -> Iterator[Text]:
    yield Text(f"  {leg.recipient}", "bold")
    for tried in leg.tried:
        word, style = _VERDICTS[tried.verdict]
        yield Text.assemble(f"    route {tried.name}: ", (word, style), f": {tried.because}")
    if leg.undecided:
        yield Text("    what is undecided shows when the message itself is known: give its file", "yellow")
    if leg.way is None:
        yield Text("    no route: refused with 550 5.4.4", "red")
        return
    yield from _way(leg.way)
    yield Text(f"    needs {', '.join(leg.needs) or 'nothing'}")
    for outcome in leg.outcomes:
        verdict = (outcome.verdict, _OUTCOMES[outcome.verdict])
        yield Text.assemble(f"    at a hop that {outcome.hop}: ", verdict, f": {'; '.join(outcome.details)}")


def _way(way: Way) -> Iterator[Text]:
    yield Text(f"    {way.action}")
    if way.hosts:
        yield Text(f"    next hop {way.next_hop}: {', '.join(way.hosts)}; TLS {way.tls}")
    policy = way.policy
    yield Text(
        f"    policy smtputf8 {policy.smtputf8}, eightbit {policy.eightbit}, signed {policy.signed},"
        f" raw_headers {policy.raw_headers}; accepts from {way.accept_from}"
    )
    retry = way.retry
    yield Text(
        f"    retries after {span(retry.first)}, each wait {retry.factor:g} times the last, at most {span(retry.max)};"
        f" given up after {span(retry.expire)}"
    )
    if way.bcc:
        yield Text(f"    copies to {', '.join(way.bcc)}")


def span(seconds: float) -> str:
    """A span of time as the configuration would write it."""
    for unit, letter in _UNITS:
        if seconds and seconds % unit == 0:
            return f"{seconds / unit:g}{letter}"
    return f"{seconds:g}s"
