"""What is searched for, as values that know how to find it. One file for each kind of condition."""
