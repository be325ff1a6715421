"""Why a search ends without a result."""


class SearchTookTooLong(Exception):
    """The time that it was given is over. The message says what it had looked at."""
