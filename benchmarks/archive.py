"""An mbox of messages of about 2 KB: fields as mail has them, words as often as in texts, conversations of five."""

import base64
import random
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

WORDS: Final = 60_000
_BODY: Final = 170
_PEOPLE: Final = 500


def vocabulary(dice: random.Random) -> list[str]:
    """Pronounceable."""

    def syllable() -> str:
        return dice.choice("bcdfghklmnprstvwz") + dice.choice("aeiou") + dice.choice(("", "", "n", "r", "s", "t", "l"))

    made = {"".join(syllable() for _ in range(dice.choice((1, 2, 2, 3, 3, 4)))) for _ in range(WORDS * 2)}
    chosen = sorted(made)
    dice.shuffle(chosen)
    return chosen[:WORDS]


def weights(words: list[str]) -> list[float]:
    """How often each occurs up to it, by Zipf's law."""
    return list(accumulate(1 / (place + 3) for place in range(len(words))))


def write_mbox(path: Path, count: int) -> None:
    """The same one each time."""
    with path.open("w", encoding="ascii") as file:
        file.writelines(messages(count))


def messages(count: int) -> Iterator[str]:
    """Each with the line that begins it in an mbox."""
    dice = random.Random(1)
    words = vocabulary(dice)
    often = weights(words)
    people = [f"{one.title()} {two.title()} <{one}@{two}.example>" for one, two in pairwise(words[:_PEOPLE])]
    subject: list[str] = []
    for number in range(count):
        chosen = dice.choices(words, cum_weights=often, k=_BODY)
        if number % 5 == 0:
            subject = chosen[:5]
        body = " ".join(word + (".\n" if place % 11 == 10 else "") for place, word in enumerate(chosen))
        yield f"{_head(dice, number, subject, dice.choice(people))}\n\n{body}\n\n"


def _head(dice: random.Random, number: int, subject: list[str], sender: str) -> str:
    signature = base64.encodebytes(dice.randbytes(192)).decode().strip().replace("\n", "\n\t")
    host = sender.rpartition("@")[2].rstrip(">")
    moment = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
    first = number - number % 5
    lines = [
        f"From x@{host} Sun Nov 22 {moment} 2026",
        f"Received: from {host} by mx.home.example with ESMTPS id {dice.getrandbits(64):x};",
        f"\tSun, 22 Nov 2026 {moment} +0000",
        f"DKIM-Signature: v=1; a=rsa-sha256; d={host}; s=mail; b={signature}",
        f"From: {sender}",
        "To: Al Muster <al@home.example>",
        f"Subject: {'' if number == first else 'Re: '}{' '.join(subject)}",
        f"Date: Sun, 22 Nov 2026 {moment} +0000",
        f"Message-ID: <{number}.a1b2c3d4@x.example>",
    ]
    if number != first:
        lines.append(f"References: <{first}.a1b2c3d4@x.example>")
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Status: RO"]
    return "\n".join(lines)
