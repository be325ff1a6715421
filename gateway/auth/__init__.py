"""Who somebody is: SASL mechanisms, passwords and their verifiers, tokens, names of accounts."""
