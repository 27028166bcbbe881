"""What `gilscope compare` does: its request, its runs, and what it prints."""
