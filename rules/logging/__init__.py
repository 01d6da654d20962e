"""Logs, metrics, alarms and audit trails."""
