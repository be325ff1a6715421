"""The conditions of `when:`, a file for each thing that they look at."""
