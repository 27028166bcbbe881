"""What the operating system shows of processes and threads from outside."""
