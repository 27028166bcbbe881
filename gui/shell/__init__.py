"""What the commands of the menus do, and the parts of a window that they work on."""
