"""The live account: sessions, calls and their accounting, and what the readers find."""
