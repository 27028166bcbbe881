"""The stage: one scene fills the screen, sized by its height; a clicker changes the scenes."""
