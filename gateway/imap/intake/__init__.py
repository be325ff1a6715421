"""Messages that come in with APPEND and REPLACE: refused before they are sent, or streamed to where they stay."""
