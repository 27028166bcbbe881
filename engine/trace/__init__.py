"""Derives each lane's states over time from phases and looks: pure functions, shared by the ledger and the timeline."""
