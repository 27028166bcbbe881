"""What threads wait on, each thing once, with a number."""

from __future__ import annotations

from engine.record.look_file import MOST_DETAILS, LookDetail

Found = tuple[int, int]  # LookState, place in the table of details


class DetailTable:
    """Numbers the things that threads wait on; past MOST_DETAILS, a lock has no address and a file no name."""

    def __init__(self) -> None:
        self.details: list[LookDetail] = [LookDetail("")]
        self._places: dict[LookDetail, int] = {self.details[0]: 0}

    def place(self, call: str, address: int | None = None, name: str | None = None) -> int:
        """Return a detail's place; 0 where the table is full of others."""
        detail = LookDetail(call, address, name)
        place = self._places.get(detail)
        if place is None:
            if len(self.details) >= MOST_DETAILS:
                return self._places.get(LookDetail(call), 0)
            place = self._places[detail] = len(self.details)
            self.details.append(detail)
        return place
