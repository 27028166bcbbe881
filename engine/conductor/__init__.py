"""The background process that starts hosts, samples them from outside and talks to the window or the command line."""
