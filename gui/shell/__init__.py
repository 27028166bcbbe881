"""The menus' commands, and the parts of a window that they work on."""
