"""The Pythons of this machine: found, asked, named and remembered."""
