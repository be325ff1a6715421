"""What a storage engine does. One contract suite (tests/contract) holds every engine.

Every method that awaits raises StoreUnavailable; what it has returned from is durable, what it has raised from has not
happened. Nobody who reads waits for somebody who writes.
"""
