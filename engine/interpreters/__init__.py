"""The Pythons of this machine: found, identified, named and cached."""
