"""Moving mail in and out: mbox, Maildir, eml and archives of them (docs/moving-mail.md). What it reads was written by
others: anything in it gives messages or a reason why not."""
