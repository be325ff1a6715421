"""An account's messages: how they come, change, are read and go."""
