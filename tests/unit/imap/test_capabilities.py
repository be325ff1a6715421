"""Capabilities: the configuration knows the name of each, and the commands that belong to it are there."""

from gateway.imap.capability_names import CapabilityName
from gateway.imap.commands import COMMANDS, EXTENSIONS, OFFERED

OF_THE_STATE = {"STARTTLS", "LOGINDISABLED"}
"""Not to be switched off: they say what the connection is."""
REGISTERED = {each.name for extension in EXTENSIONS for each in extension.capabilities}


def test_each_can_be_switched_off_by_its_name():
    assert REGISTERED - set(CapabilityName) == OF_THE_STATE


def test_none_can_be_switched_off_that_there_is_not():
    assert set(CapabilityName) - REGISTERED == {CapabilityName.IMAP4REV2}


def test_the_commands_of_capabilities_are_there():
    assert set(OFFERED.brought) - set(COMMANDS) == set()


def test_jmapaccess_is_not_announced_before_there_is_jmap():
    assert "JMAPACCESS" not in REGISTERED
