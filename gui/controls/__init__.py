"""Controls that several forms use: captioned fields, two-line combo boxes, tool buttons, sections that fold."""
