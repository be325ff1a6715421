"""Whether an account's files are as they have to be, and putting right what can be."""
