"""What phases and readings tell of each lane: pure functions that the ledger and the timeline are both made from."""
