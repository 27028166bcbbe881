"""Raises the limit on open files as far as the system allows."""

from __future__ import annotations


def raise_file_limit() -> None:
    """Raise this process's limit on open files as far as allowed: every lane and every connection needs one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):  # macOS refuses more than its own maximum: the old limit stays
            pass
