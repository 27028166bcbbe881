"""Controls that several forms use: captioned fields, combo boxes of two lines, tools, buttons that open and close."""
