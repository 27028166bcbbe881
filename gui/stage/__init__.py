"""The stage: one scene fills the screen, sized to its height, walked with a clicker."""
