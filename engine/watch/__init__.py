"""Watches any Python program from outside: its processes and threads, their GIL, and what they wait for."""
