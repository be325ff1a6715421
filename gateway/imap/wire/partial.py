"""PARTIAL: a range of results, counted from the first or from the last (RFC 9394 4, RFC 5267 4.4)."""

from dataclasses import dataclass

from gateway.imap.wire.scanner import Scanner

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PartialRange:
    """Both ends belong to it, in the order in which they were written; over 0."""

    first: int
    last: int
    from_end: bool = False
    """1 is the last result, 2 the last but one."""

    def of(self, count: int) -> Range:
        """Which those are of so many results: indexes, half-open."""
        low, high = min(self.first, self.last) - 1, max(self.first, self.last)
        if self.from_end:
            low, high = max(count - high, 0), max(count - low, 0)
        return min(low, count), min(high, count)

    @property
    def wire(self) -> bytes:
        """As responses name it, the lower end first: `500:400` is the same as `400:500` (RFC 9394 4)."""
        low, high = min(self.first, self.last), max(self.first, self.last)
        return (b"-%d:-%d" if self.from_end else b"%d:%d") % (low, high)


def partial_range(scanner: Scanner) -> PartialRange:
    """partial-range-first / partial-range-last. Raises BadSyntax."""
    from_end = scanner.skip(b"-")
    first = scanner.nz_number("the first end of a PARTIAL range")
    scanner.take(b":")
    if from_end:
        scanner.take(b"-")
    return PartialRange(first, scanner.nz_number("the other end of a PARTIAL range"), from_end)
