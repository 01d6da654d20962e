"""Backups, snapshots, retention and copies in other regions."""
