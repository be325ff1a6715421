"""The accounts' mail: values, the Protocols of a storage engine, and the engine there is (`embedded`)."""
