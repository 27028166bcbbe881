"""One thread that computes, and then hashes, for which the GIL is let go."""

from __future__ import annotations

import hashlib

from own_clocks import OwnClocks

own = OwnClocks()
while own.goes_on():
    with own.holding():
        sum(range(400_000))
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 20_000)
own.tell()
