"""What the checks over a whole configuration find: the way to a value, and what is wrong there."""

from gateway.settings.reader import Way

Finding = tuple[Way, str]
