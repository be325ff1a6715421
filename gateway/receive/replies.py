"""What we say in so many words. Each refusal tells what to do about it (RFC 5321 4.2, RFC 3463)."""

from typing import Final

from gateway.mail.codes import (
    BAD_COMMAND,
    BAD_PARAMETER,
    BAD_SEQUENCE,
    NOT_ACCEPTING,
    OK,
    POLICY,
    PRIORITY_CHANGED,
    SENDER_OK,
    SYSTEM_TROUBLE,
    TLS_REQUIRED,
    TOO_MANY_RECIPIENTS,
    EnhancedCode,
)
from gateway.mail.reply import Reply, reply

# fmt: off
DONE:              Final = reply(250, OK, "Done")
SENDER_TAKEN:      Final = reply(250, SENDER_OK, "Sender ok")
NOT_URGENT:        Final = reply(250, PRIORITY_CHANGED, "0 is the priority here: others are for trusted clients")
GO_AHEAD:          Final = reply(354, None, "Go ahead; end with <CRLF>.<CRLF>")
BYE:               Final = reply(221, OK, "Bye")
TLS_READY:         Final = reply(220, OK, "Ready to start TLS")
WILL_TRY:          Final = reply(252, EnhancedCode(2, 1, 5), "Send mail to find out; delivery will be tried")

UNKNOWN_COMMAND:   Final = reply(500, BAD_SEQUENCE, "Unknown command; HELP lists those known")
NOT_HERE:          Final = reply(502, BAD_SEQUENCE, "This command is not offered here")
LINE_TOO_LONG:     Final = reply(500, BAD_COMMAND, "The command line is too long")
BARE_LINE_FEED:    Final = reply(500, BAD_COMMAND, "Commands end with CRLF; a bare LF or CR is not taken")
NOT_UTF8:          Final = reply(501, BAD_COMMAND, "Commands are ASCII, addresses in them ASCII or UTF-8")
NO_ARGUMENT:       Final = reply(501, BAD_PARAMETER, "This command takes no argument")
ARGUMENT_MISSING:  Final = reply(501, BAD_PARAMETER, "This command needs an argument")
BAD_HELO:          Final = reply(501, BAD_PARAMETER, "Give your host name in ASCII, or your [address]")

GREET_FIRST:       Final = reply(503, BAD_SEQUENCE, "Say EHLO first")
GREET_LMTP_FIRST:  Final = reply(503, BAD_SEQUENCE, "Say LHLO first")
MAIL_FIRST:        Final = reply(503, BAD_SEQUENCE, "Say MAIL first")
RCPT_FIRST:        Final = reply(503, BAD_SEQUENCE, "Say RCPT first")
ONE_AT_A_TIME:     Final = reply(503, BAD_SEQUENCE, "A transaction has begun; finish it, or say RSET")
BDAT_ONLY:         Final = reply(503, BAD_SEQUENCE, "Only BDAT can follow BODY=BINARYMIME or another BDAT; say RSET")
CHUNK_REFUSED:     Final = reply(503, BAD_SEQUENCE, "No transaction for this chunk; say RSET, then MAIL and RCPT")
NO_RECIPIENTS:     Final = reply(554, BAD_SEQUENCE, "No recipient was accepted; see the replies to RCPT")
AUTHENTICATE:      Final = reply(530, POLICY, "Authentication required; log in with AUTH")
STARTTLS_FIRST:    Final = reply(530, POLICY, "Must issue a STARTTLS command first")
LOGGED_IN:         Final = reply(235, EnhancedCode(2, 7, 0), "Logged in")
LOGGED_IN_ALREADY: Final = reply(503, BAD_SEQUENCE, "You are logged in already")
ENCRYPT_FIRST:     Final = reply(504, BAD_PARAMETER, "No log-in without encryption; say STARTTLS first")
UNKNOWN_MECHANISM: Final = reply(504, BAD_PARAMETER, "This mechanism is not offered; EHLO lists those that are")
NOT_BASE64:        Final = reply(501, BAD_COMMAND, "This is not base64 (RFC 4648 4)")
AUTH_TOO_LONG:     Final = reply(500, EnhancedCode(5, 5, 6), "The response is too long")
AUTH_CANCELLED:    Final = reply(501, POLICY, "Log-in cancelled")
AUTH_TROUBLE:      Final = reply(454, EnhancedCode(4, 7, 0), "Nobody can log in just now; try again later")
NO_LONGER_GOOD:    Final = reply(535, EnhancedCode(5, 7, 8), "This log-in is no longer valid; log in again")
TOO_EARLY:         Final = reply(503, BAD_SEQUENCE, "Wait for the challenge before you go on; closing")
TLS_ALREADY:       Final = reply(503, BAD_SEQUENCE, "TLS is already on")
EHLO_FOR_MORE:     Final = reply(555, BAD_PARAMETER, "Parameters are for those who say EHLO; say it, or leave them out")
ONLY_UNDER_TLS:    Final = reply(530, TLS_REQUIRED, "REQUIRETLS is for sessions under TLS; say STARTTLS first")
NOT_TRUSTED:       Final = reply(530, POLICY, "Submission is for trusted networks; ask the postmaster")
RECIPIENTS_FULL:   Final = reply(452, TOO_MANY_RECIPIENTS, "Too many recipients; send the rest in another message")
TROUBLE:           Final = reply(451, SYSTEM_TROUBLE, "Something went wrong here; try again later")

ENOUGH_ERRORS:     Final = reply(421, EnhancedCode(4, 7, 0), "Too many errors; closing")
ENOUGH_JUNK:       Final = reply(421, EnhancedCode(4, 7, 0), "Too many commands without a message; closing")
ENOUGH_LOGINS:     Final = reply(421, EnhancedCode(4, 7, 0), "Too many failed log-ins; closing")
TOO_SLOW:          Final = reply(421, EnhancedCode(4, 4, 2), "Too slow; closing, try again later")
CLIENT_FULL:       Final = reply(421, EnhancedCode(4, 7, 0), "Too many connections from your address; try again later")
ALL_FULL:          Final = reply(421, NOT_ACCEPTING, "Too many connections; try again later")
CLOSING:           Final = reply(421, NOT_ACCEPTING, "Shutting down; try again in a moment")
# fmt: on


def ended(why: str) -> Reply:
    """A session that its account, or somebody who looks after the gateway, ends."""
    return reply(421, EnhancedCode(4, 7, 0), " ".join(why.split()) or "This session was ended")


def chunk_taken(octets: int) -> Reply:
    """RFC 3030 2: one for each BDAT."""
    return reply(250, OK, f"{octets} octets received")
