"""The same loop with joblib's threads, then with its processes."""

from __future__ import annotations

import sys
import time

from joblib import Parallel, delayed


def letters(number: int) -> int:
    counts: dict[str, int] = {}
    for letter in str(3 ** (2_000 + number)) * 40:
        counts[letter] = counts.get(letter, 0) + 1
    return max(counts.values())


if __name__ == "__main__":
    for backend in sys.argv[1:] or ("threading", "loky"):
        begin = time.perf_counter()
        Parallel(n_jobs=2, backend=backend)(delayed(letters)(number) for number in range(1_500))
        print(f"{backend}: {time.perf_counter() - begin:.2f} s")
